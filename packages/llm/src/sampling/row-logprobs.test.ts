import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rowLogprobs } from './row-logprobs.js';
import { descending, rows } from './testing/naive.js';

describe('rowLogprobs', () => {
  it('are the logarithms of the softmax, however large the logits are', () => {
    fc.assert(
      fc.property(rows, fc.nat(), fc.nat(20), fc.constantFrom(-50_000, 0, 50_000), (row, some, top, shift) => {
        const token = some % row.length;
        const shifted = row.map((logit) => logit + shift);
        const logTotal = Math.log([...row].reduce((sum, logit) => sum + Math.exp(logit), 0));
        const result = rowLogprobs(shifted, token, top);
        expect(result.logprob).toBeCloseTo((shifted[token] as number) - shift - logTotal, 9);
        const expected = descending(shifted).slice(0, top);
        expect(result.top.map((one) => one.token)).toEqual(expected);
        for (const one of result.top) {
          expect(one.logprob).toBeCloseTo((shifted[one.token] as number) - shift - logTotal, 9);
        }
      }),
    );
  });

  it('is exact for a token too improbable to count', () => {
    expect(rowLogprobs(Float32Array.of(0, -100), 1, 0).logprob).toBe(-100);
  });
});
