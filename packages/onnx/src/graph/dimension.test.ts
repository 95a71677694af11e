import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { broadcastShapes, type Dimension, isDimension, productOf, quotientOf, type Shape, sumOf } from './dimension.js';

const symbol = fc.constantFrom('batch', 'past', 'tokens', 'x.1');
const dimension: fc.Arbitrary<Dimension> = fc.oneof(fc.nat(9), symbol);

describe('broadcasting', () => {
  /** NumPy's rule by enumeration: an axis has the size that each side, repeated when it is 1, agrees on. */
  function naive(a: readonly number[], b: readonly number[]): readonly number[] | undefined {
    const padded = (shape: readonly number[], rank: number) => [
      ...new Array<number>(rank - shape.length).fill(1),
      ...shape,
    ];
    const rank = Math.max(a.length, b.length);
    const [left, right] = [padded(a, rank), padded(b, rank)];
    const result: number[] = [];
    for (let axis = 0; axis < rank; axis++) {
      const candidates = [left[axis], right[axis]].filter((size) => size !== 1);
      if (new Set(candidates).size > 1) return undefined;
      result.push(candidates[0] ?? 1);
    }
    return result;
  }

  it('agrees with a naive implementation on random shapes', () => {
    const shapes = fc.array(fc.constantFrom(0, 1, 1, 2, 3), { maxLength: 5 });
    fc.assert(
      fc.property(shapes, shapes, (a, b) => {
        expect(broadcastShapes(a, b)).toEqual(naive(a, b));
      }),
    );
  });

  it('unifies symbols only with themselves and with 1', () => {
    expect(broadcastShapes(['batch', 1, 4], ['tokens', 1])).toEqual(['batch', 'tokens', 4]);
    expect(broadcastShapes(['batch'], ['tokens'])).toBeUndefined();
    expect(broadcastShapes(['batch'], [4])).toBeUndefined();
  });
});

describe('symbolic dimensions', () => {
  const values: Readonly<Record<string, number>> = { batch: 3, past: 5, tokens: 7, 'x.1': 11 };
  const shapes = fc.array(dimension, { maxLength: 4 });

  /** What a dimension is with the values above, by reading its text as arithmetic. */
  function evaluate(size: Dimension): number {
    if (typeof size === 'number') return size;
    const terms = size.split(' + ').map((term) => term.split('*').map((factor) => values[factor] ?? Number(factor)));
    return terms.reduce((sum, factors) => sum + factors.reduce((product, factor) => product * factor, 1), 0);
  }

  it('sums and products mean what they say, in any order, and are dimensions again', () => {
    fc.assert(
      fc.property(shapes, shapes, (a: Shape, b: Shape) => {
        const parts = [productOf(a), productOf(b)];
        const sum = sumOf(parts);
        expect(evaluate(sum)).toBe(evaluate(productOf(a)) + evaluate(productOf(b)));
        expect(sumOf(parts.toReversed())).toBe(sum);
        const product = productOf([sum, ...a]);
        expect(evaluate(product)).toBe(a.reduce<number>((all, size) => all * evaluate(size), evaluate(sum)));
        expect(isDimension(product)).toBe(true);
      }),
    );
  });

  it('a quotient times the divisor is the dividend', () => {
    fc.assert(
      fc.property(shapes, shapes, (a, b) => {
        const quotient = quotientOf([...a, ...b], b);
        if (quotient !== undefined) expect(productOf([quotient, ...b])).toBe(productOf([...a, ...b]));
        else expect(evaluate(productOf(b))).toBe(0);
      }),
    );
  });

  it('differences cancel', () => {
    const past = sumOf(['past', 'tokens', productOf([-1, 'tokens'])]);
    expect(past).toBe('past');
  });

  it.each(['', 'a b', '1x', 'a+b', 'a + ', '*a', '-1.5*a', -1, 1.5, null])('refuses %j as a dimension', (text) => {
    expect(isDimension(text)).toBe(false);
  });
});
