import {
  addPolynomials,
  constantPolynomial,
  dividePolynomial,
  formatPolynomial,
  multiplyPolynomials,
  parsePolynomial,
} from './polynomial.js';

/**
 * A size, or a symbol for one that is known when the model runs. A symbol is an identifier (`batch`) or a sum of products
 * of them (`past + tokens`, `2*tokens`) in the form that the functions here write.
 */
export type Dimension = number | string;
export type Shape = readonly Dimension[];

export function isDimension(dimension: unknown): dimension is Dimension {
  if (typeof dimension === 'number') return Number.isSafeInteger(dimension) && dimension >= 0;
  return typeof dimension === 'string' && parsePolynomial(dimension) !== undefined;
}

export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

export function equalShapes(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dimension, axis) => dimension === b[axis]);
}

export function sumOf(dimensions: Shape): Dimension {
  return fromPolynomial(dimensions.map(toPolynomial).reduce(addPolynomials, constantPolynomial(0)));
}

export function productOf(dimensions: Shape): Dimension {
  return fromPolynomial(dimensions.map(toPolynomial).reduce(multiplyPolynomials, constantPolynomial(1)));
}

/** The product of `dividends` over the product of `divisors`; `undefined` when that isn't exact or cannot be told. */
export function quotientOf(dividends: Shape, divisors: Shape): Dimension | undefined {
  const remaining = [...dividends];
  const uncancelled = divisors.filter((divisor) => {
    const index = remaining.indexOf(divisor);
    if (index < 0) return true;
    remaining.splice(index, 1);
    return false;
  });
  const quotient = dividePolynomial(toPolynomial(productOf(remaining)), toPolynomial(productOf(uncancelled)));
  return quotient && fromPolynomial(quotient);
}

/** The shape that NumPy's broadcasting gives, or `undefined` when two dimensions neither are equal nor is one of them 1. */
export function broadcastShapes(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length);
  const shape: Dimension[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) return undefined;
    shape.push(left === 1 ? right : left);
  }
  return shape;
}

function toPolynomial(dimension: Dimension) {
  if (typeof dimension === 'number') return constantPolynomial(dimension);
  return parsePolynomial(dimension) ?? new Map([[dimension, 1]]);
}

function fromPolynomial(polynomial: ReadonlyMap<string, number>): Dimension {
  const constant = polynomial.size === 0 ? 0 : polynomial.size === 1 ? polynomial.get('') : undefined;
  return constant ?? formatPolynomial(polynomial);
}
