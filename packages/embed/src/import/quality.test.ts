import { describe, expect, it } from 'vitest';
import { requireQuality } from './quality.js';

/** A unit vector of this cosine with [1, 0]. */
function at(cosine: number): Float32Array {
  return Float32Array.of(cosine, Math.sqrt(1 - cosine ** 2));
}

const straight = (count: number) => Array.from({ length: count }, () => Float32Array.of(1, 0));
/** The score of this relevance. */
const score = (relevance: number) => Float32Array.of(Math.log(relevance / (1 - relevance)));

describe('the quality of vectors', () => {
  it('is their cosines, at worst and on average', () => {
    const { worst, mean } = requireQuality('vector', straight(2), [at(0.995), at(0.999)]);
    expect(worst).toBeCloseTo(0.995, 6);
    expect(mean).toBeCloseTo(0.997, 6);
  });

  it('does not depend on their lengths', () => {
    expect(requireQuality('vector', [Float32Array.of(1, 2)], [Float32Array.of(10, 20)])).toEqual({ worst: 1, mean: 1 });
  });

  it.each<[string, number[]]>([
    ['one is worse than 0.99', [0.9899, 1, 1, 1]],
    ['they are worse than 0.995 on average', [0.9949, 0.9949]],
  ])('is not enough when %s', (_name, cosines) => {
    expect(() => requireQuality('vector', straight(cosines.length), cosines.map(at))).toThrow(
      expect.objectContaining({
        code: 'Unsupported',
        message: expect.stringMatching(/^int8 would .*cosine.* at worst .*Use quantization: .float32.\.$/),
        details: { worst: expect.any(Number), mean: expect.any(Number) },
      }),
    );
  });

  it.each<[string, number[]]>([
    ['one is 0.9901', [0.9901, 1, 1, 1]],
    ['all are 0.9951', [0.9951, 0.9951]],
  ])('is enough when %s', (_name, cosines) => {
    expect(() => requireQuality('vector', straight(cosines.length), cosines.map(at))).not.toThrow();
  });

  it('is not enough when a vector is no vector any more', () => {
    const broken = [
      Float32Array.of(Number.NaN, 0),
      Float32Array.of(0, 0),
      Float32Array.of(Number.POSITIVE_INFINITY, 0),
    ];
    for (const vector of broken) {
      expect(() => requireQuality('vector', straight(2), [at(1), vector])).toThrow(
        expect.objectContaining({ code: 'Unsupported' }),
      );
    }
  });
});

describe('the quality of scores', () => {
  it('is 1 less how far their relevance moves', () => {
    const { worst, mean } = requireQuality('score', [0.5, 0.9].map(score), [0.54, 0.9].map(score));
    expect(worst).toBeCloseTo(0.96, 6);
    expect(mean).toBeCloseTo(0.98, 6);
  });

  it('hardly falls for scores far out, whose relevance is the same', () => {
    expect(requireQuality('score', [Float32Array.of(11)], [Float32Array.of(14)]).worst).toBeGreaterThan(0.9999);
  });

  it.each<[string, number[]]>([
    ['one moves by more than 0.05', [0.551, 0.5, 0.5, 0.5]],
    ['they move by more than 0.02 on average', [0.521, 0.479]],
  ])('is not enough when %s', (_name, relevances) => {
    const expected = relevances.map(() => score(0.5));
    expect(() => requireQuality('score', expected, relevances.map(score))).toThrow(
      expect.objectContaining({ code: 'Unsupported', message: expect.stringContaining('relevance scores') }),
    );
  });

  it('is enough when they move by less', () => {
    expect(() => requireQuality('score', [0.5, 0.5].map(score), [0.519, 0.481].map(score))).not.toThrow();
  });
});
