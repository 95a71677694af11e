import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RowTable } from './row-table.js';

const maxRows = 12;
const maxTokens = 40;

/** A cache whose every position says which tokens it was computed from. */
class Cache {
  readonly maxRows = maxRows;
  readonly rows = Array.from({ length: maxRows + 1 }, () => new Array<string>(maxTokens).fill('nothing'));
  copied = 0;

  copyRow(from: number, to: number, start: number, end: number): void {
    this.copied += end - start;
    const source = this.rows[from] as string[];
    (this.rows[to] as string[]).splice(start, end - start, ...source.slice(start, end));
  }

  compute(row: number, tokens: readonly number[], from: number): void {
    for (let at = from; at < tokens.length; at++) (this.rows[row] as string[])[at] = tokens.slice(0, at + 1).join();
  }
}

/** One owner's life: what it is asked, then which of its sequences go on with which token. */
const lives = fc.array(
  fc.record({
    prompt: fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 4 }),
    bornAt: fc.integer({ min: 0, max: 6 }),
    width: fc.integer({ min: 1, max: 5 }),
    steps: fc.array(fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 9 })), { minLength: 1, maxLength: 5 }), {
      maxLength: 12,
    }),
  }),
  { minLength: 1, maxLength: 6 },
);

describe('the table of rows', () => {
  it('keeps in each row what was computed of its sequence', () => {
    fc.assert(
      fc.property(lives, (owners) => {
        const cache = new Cache();
        const table = new RowTable<number>(cache);
        const alive = new Map<number, { rows: ReturnType<typeof table.add>[]; expected: number[][] }>();
        const reserved = () => [...alive.keys()].reduce((sum, owner) => sum + (owners[owner]?.width ?? 0), 0);
        for (let round = 0; round < 20; round++) {
          for (const [owner, { prompt, bornAt, width }] of owners.entries()) {
            if (bornAt !== round || reserved() + width > maxRows) continue;
            cache.compute(table.rows.length, prompt, 0);
            alive.set(owner, { rows: [table.add(owner, prompt)], expected: [[...prompt]] });
          }
          const isNew = new Set(owners.flatMap(({ bornAt }, owner) => (bornAt === round ? [owner] : [])));
          // A prompt was computed whole, the others one token further by a step.
          const stepped = table.rows.map(({ owner }) => !isNew.has(owner));
          for (const [index, { tokens }] of table.rows.entries()) {
            if (stepped[index]) cache.compute(index, tokens, tokens.length - 1);
          }
          for (const [owner, life] of [...alive]) {
            const next = (owners[owner]?.steps[round - (owners[owner]?.bornAt ?? 0)] ?? [])
              .slice(0, owners[owner]?.width)
              .map(([parent, token]) => ({ parent: parent % life.rows.length, token }));
            if (next.length === 0) {
              table.removeAll(owner);
              alive.delete(owner);
              continue;
            }
            const expected = next.map(({ parent, token }) => [...(life.expected[parent] ?? []), token]);
            alive.set(owner, { rows: table.continue(owner, life.rows, next), expected });
          }
          expect(table.free).toBe(maxRows - table.rows.length);
          for (const [owner, { rows, expected }] of alive) {
            expect(rows.map(({ tokens }) => tokens)).toEqual(expected);
            expect(new Set(rows).size).toBe(rows.length);
            expect(new Set(table.rowsOf(owner))).toEqual(new Set(rows));
            for (const row of rows) {
              const kept = cache.rows[table.rows.indexOf(row)] as string[];
              // All but the last token's, which the next step computes.
              const known = row.tokens.slice(0, -1).map((_, at) => row.tokens.slice(0, at + 1).join());
              expect(kept.slice(0, known.length)).toEqual(known);
            }
          }
        }
      }),
      { numRuns: 400 },
    );
  });

  it('copies nothing while each sequence has one that follows it', () => {
    const cache = new Cache();
    const table = new RowTable<string>(cache);
    let rows = [table.add('a', [1, 2])];
    for (let token = 0; token < 5; token++) rows = table.continue('a', rows, [{ parent: 0, token }]);
    expect(cache.copied).toBe(0);
  });

  it('copies only what differs between beams', () => {
    const cache = new Cache();
    const table = new RowTable<string>(cache);
    let rows = [table.add('a', [1, 2, 3, 4])];
    rows = table.continue('a', rows, [
      { parent: 0, token: 5 },
      { parent: 0, token: 6 },
    ]);
    expect(cache.copied).toBe(4);
    table.continue('a', rows, [
      { parent: 0, token: 7 },
      { parent: 0, token: 8 },
    ]);
    expect(cache.copied).toBe(5);
  });
});
