import { describe, expect, it } from 'vitest';
import { parseEngineOptions } from './engine-options.js';

describe('parseEngineOptions', () => {
  it('fills in what is left out', () => {
    expect(parseEngineOptions({ threads: 1, policy: undefined })).toMatchObject({
      threads: 1,
      policy: 'priority',
      maxRunningRequests: 32,
      maxBatchedTokens: 2048,
    });
  });

  it('wants room in a step for the smallest chunk of a prompt and for every row', () => {
    const parse = (maxBatchedTokens: number, maxRunningRequests: number) =>
      parseEngineOptions({ maxBatchedTokens, maxRunningRequests });
    for (const [tokens, rows, least] of [
      [1, 1, 3],
      [2, 2, 3],
      [7, 8, 8],
    ] as const) {
      expect(() => parse(tokens, rows)).toThrow(
        expect.objectContaining({
          code: 'InvalidParameter',
          message: expect.stringContaining(`must be at least ${least}`),
          details: { parameter: 'maxBatchedTokens' },
        }),
      );
      expect(parse(least, rows).maxBatchedTokens).toBe(least);
    }
  });

  it.each([
    ['a client that is a prototype', JSON.parse('{"__proto__": 2}'), 'fairShareWeights.__proto__'],
    ['a client that is a constructor', { constructor: 2 }, 'fairShareWeights.constructor'],
    ['a weight of 0', { a: 0 }, 'fairShareWeights.a'],
    ['a list of weights', [1], 'fairShareWeights'],
  ])('refuses %s', (_name, fairShareWeights, parameter) => {
    expect(() => parseEngineOptions({ fairShareWeights })).toThrow(
      expect.objectContaining({ code: 'InvalidParameter', details: { parameter } }),
    );
  });

  it('honours every other client by name', () => {
    expect(parseEngineOptions({ fairShareWeights: { toString: 2, a: 0.5 } }).fairShareWeights).toEqual({
      toString: 2,
      a: 0.5,
    });
  });
});
