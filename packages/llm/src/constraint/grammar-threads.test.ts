import { afterEach, describe, expect, it } from 'vitest';
import { firstLength, mostLengths, symbolText } from './grammar.js';
import type { GrammarThread } from './grammar-thread.js';
import { GrammarThreads, type HeldGrammar } from './grammar-threads.js';

const letters = new TextEncoder().encode('abcdefgh');
const ends = Uint32Array.from(letters, (_, i) => i + 1);
let count = 0;
const grammar = (text: string, users = 0): HeldGrammar => ({
  id: count++,
  spec: JSON.stringify({ type: 'grammar', grammar: `root ::= ${text}\n` }),
  users,
});
/** Its automaton has 2^24 states. */
const endless = `[ab]* "a" ${'[ab] '.repeat(24)}`;

let threads: GrammarThreads;
afterEach(() => threads.dispose());
const open = (timeoutMs = 5000) => {
  threads = new GrammarThreads({ bytes: letters, ends, size: letters.length, specials: new Map() }, timeoutMs);
};
const mask = async (thread: GrammarThread, { id }: HeldGrammar, tokens: readonly number[] = []) =>
  (await thread.call({ kind: 'advance', matcher: id, grammar: id, endTokens: [7], tokens }, 5000)).mask?.[0];

describe('threads for grammars', () => {
  it('use one for all while none is in use', async () => {
    open();
    const [a, b] = [grammar('"a"'), grammar('"b"')];
    await threads.compile(a);
    await threads.compile(b);
    expect(threads.threadOf(a)).toBe(threads.threadOf(b));
    expect(await mask(threads.threadOf(a), a)).toBe(0b1);
    expect(await mask(threads.threadOf(b), b)).toBe(0b10);
  });

  it('compile where nobody waits, for which what was quick moves together', async () => {
    open();
    const [a, b, c] = [grammar('"ab"', 1), grammar('"b"', 1), grammar('"c"', 1)];
    for (const one of [a, b, c]) await threads.compile(one);
    const used = new Set([a, b, c].map((one) => threads.threadOf(one)));
    expect(used.size).toBe(2);
    expect(await mask(threads.threadOf(a), a, [0])).toBe(0b10);
    expect(await mask(threads.threadOf(b), b)).toBe(0b10);
    expect(await mask(threads.threadOf(c), c)).toBe(0b100);
  });

  it('go on with the others after one that takes too long, or fails', async () => {
    open(500);
    const good = grammar('"a"', 1);
    await threads.compile(good);
    const slow = threads.compile(grammar(endless));
    expect(await mask(threads.threadOf(good), good)).toBe(0b1);
    await expect(slow).rejects.toMatchObject({ kind: 'slow' });
    await expect(threads.compile(grammar('"a'))).rejects.toMatchObject({ code: 'RequestValidation' });
    expect(await mask(threads.threadOf(good), good, [0])).toBe(2 ** 7);
    const next = grammar('"c"');
    await threads.compile(next);
    expect(await mask(threads.threadOf(next), next)).toBe(0b100);
  });

  it('keep nobody waiting for another that is compiled where his was', async () => {
    open(2000);
    const known = grammar('"a"');
    await threads.compile(known);
    let isDone = false;
    const slow = threads.compile(grammar(endless)).finally(() => {
      isDone = true;
    });
    slow.catch(() => {});
    known.users = 1;
    expect(await mask(threads.threadOf(known), known)).toBe(0b1);
    expect(isDone).toBe(false);
    await expect(slow).rejects.toMatchObject({ kind: 'slow' });
    expect(await mask(threads.threadOf(known), known, [0])).toBe(2 ** 7);
  });

  it('mark the lengths of strings by tokens after the last', () => {
    expect(symbolText(firstLength + mostLengths - 1)).toBe('\u0002ff3f');
  });
});
