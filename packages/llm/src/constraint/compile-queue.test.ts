import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { CompileQueue, isQuick } from './compile-queue.js';
import type { ConstraintSpec } from './constraint-spec.js';

const quick: ConstraintSpec = { type: 'choice', choices: ['a', 'b'] };
const other: ConstraintSpec = { type: 'regex', pattern: '.{1,100}' };

/** A queue, what was begun in it, and how to end that. */
function open() {
  const queue = new CompileQueue();
  const begun: string[] = [];
  const ends = new Map<string, { resolve: () => void; reject: (error: Error) => void }>();
  const add = (name: string, spec: ConstraintSpec) =>
    queue.add(spec, () => {
      begun.push(name);
      return new Promise((resolve, reject) => ends.set(name, { resolve, reject }));
    });
  return { queue, begun, ends, add };
}

describe('the queue of formats to compile', () => {
  it('runs two side by side, and a quick one beside them', async () => {
    const { queue, begun, ends, add } = open();
    const slow = [add('slow 1', other), add('slow 2', other), add('slow 3', other)];
    const first = add('quick 1', quick);
    const second = add('quick 2', quick);
    expect(begun).toEqual(['slow 1', 'slow 2', 'quick 1']);
    expect(queue.length).toBe(5);
    ends.get('quick 1')?.resolve();
    await first;
    await turn();
    expect(begun.at(-1)).toBe('quick 2');
    ends.get('quick 2')?.reject(new Error('no'));
    await expect(second).rejects.toThrow('no');
    ends.get('slow 2')?.reject(new Error('too slow'));
    await expect(slow[1]).rejects.toThrow('too slow');
    await turn();
    expect(begun.at(-1)).toBe('slow 3');
    expect(queue.length).toBe(2);
    ends.get('slow 1')?.resolve();
    ends.get('slow 3')?.resolve();
    await Promise.all([slow[0], slow[2]]);
    await turn();
    expect(queue.length).toBe(0);
  });

  it.each<[ConstraintSpec, boolean]>([
    [{ type: 'json_object' }, true],
    [{ type: 'literal', text: 'a' }, true],
    [{ type: 'regex', pattern: '\\d{4}-\\d{2}' }, true],
    [{ type: 'regex', pattern: '.{1,20}' }, false],
    [{ type: 'regex', pattern: `[ab]*a${'[ab]'.repeat(10)}` }, false],
    [{ type: 'grammar', grammar: 'root ::= [a-z]+' }, true],
    [{ type: 'json_schema', schema: { type: 'object', properties: { a: { type: 'string', maxLength: 2000 } } } }, true],
    [{ type: 'json_schema', schema: { type: 'string', pattern: 'a' } }, false],
    [{ type: 'json_schema', schema: { type: 'array', maxItems: 100 } }, false],
    [{ type: 'repeat', of: quick, max: 100 }, false],
    [{ type: 'triggered', triggers: [{ text: '<c>', inner: quick }] }, true],
    [{ type: 'after', text: '</t>', inner: { type: 'sequence', parts: [quick, other] } }, false],
    [{ type: 'choice', choices: Array.from({ length: 10_000 }, (_, i) => `choice ${i}`) }, false],
  ])('takes %j for quick: %s', (spec, expected) => {
    expect(isQuick(spec)).toBe(expected);
  });
});
