import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Dry } from './dry.js';

const vocabulary = 5;
/** Token 4 contains a breaker. */
const tokenText = (token: number): string => (token === 4 ? 'a\nb' : `t${token}`);
const tokens = fc.array(fc.integer({ min: 0, max: vocabulary - 1 }), { maxLength: 30 });

/** The penalty of one token by definition: the longest end of the context that stands before an earlier place of it. */
function penaltyOf(token: number, context: readonly number[], allowedLength: number): number {
  if (token === 4) return 0;
  let longest = 0;
  for (let n = 1; n < context.length; n++) {
    const end = context.slice(-n);
    if (end.includes(4)) break;
    for (let at = n; at < context.length; at++) {
      if (context[at] !== token) continue;
      if (context.slice(at - n, at).every((value, i) => value === end[i])) longest = n;
    }
  }
  return longest < allowedLength ? 0 : 0.5 * 1.5 ** (longest - allowedLength);
}

describe('Dry', () => {
  it('takes from each token what the longest repetition that it would continue asks for', () => {
    fc.assert(
      fc.property(
        tokens,
        tokens,
        fc.integer({ min: 1, max: 4 }),
        fc.option(fc.nat(20)),
        (prompt, answer, allowed, n) => {
          const penaltyLastN = n === null ? Number.POSITIVE_INFINITY : n + 1;
          const dry = new Dry(
            { multiplier: 0.5, base: 1.5, allowedLength: allowed, penaltyLastN, sequenceBreakers: ['x', '\n'] },
            prompt,
            tokenText,
          );
          // After every token of the answer, so that one step leaves nothing behind for the next.
          for (let length = 0; length <= answer.length; length++) {
            const context = [...prompt, ...answer.slice(0, length)].slice(-Math.min(penaltyLastN, 1e6));
            const logits = new Float32Array(vocabulary);
            dry.process(logits);
            const expected = Array.from(logits, (_, token) => Math.fround(-penaltyOf(token, context, allowed)) + 0);
            expect([...logits].map((value) => value + 0)).toEqual(expected);
            if (length < answer.length) dry.accept(answer[length] as number);
          }
        },
      ),
    );
  });

  it('stays finite after long repetitions', () => {
    const params = { multiplier: 1, base: 4, allowedLength: 1, penaltyLastN: Number.POSITIVE_INFINITY };
    const dry = new Dry({ ...params, sequenceBreakers: [] }, Array<number>(3000).fill(1), tokenText);
    const logits = new Float32Array(vocabulary);
    dry.process(logits);
    expect(Number.isFinite(logits[1])).toBe(true);
    expect(logits[1]).toBeLessThan(-1e6);
  });
});
