/**
 * Polynomials with integer coefficients over symbols, so that a dimension computed twice (`past + tokens`) is the same text
 * twice. Keys are the sorted symbols of a term joined by `*` (the empty key is the constant), values are its coefficient.
 */
export type Polynomial = ReadonlyMap<string, number>;

export function constantPolynomial(value: number): Polynomial {
  return value === 0 ? new Map() : new Map([['', value]]);
}

/** Reads what `formatPolynomial` writes; `undefined` for any other text. */
export function parsePolynomial(text: string): Polynomial | undefined {
  let polynomial: Polynomial = new Map();
  for (const term of text.split(' + ')) {
    const factors = term.split('*');
    const coefficient = /^-?\d+$/.test(factors[0] ?? '') ? Number(factors.shift()) : 1;
    if (!Number.isSafeInteger(coefficient) || !factors.every((factor) => /^[A-Za-z_][\w.]*$/.test(factor)))
      return undefined;
    polynomial = addPolynomials(polynomial, new Map([[termOf(factors), coefficient]]));
  }
  return polynomial;
}

export function formatPolynomial(polynomial: Polynomial): string {
  const terms = [...polynomial].sort(([a], [b]) => (a === '' ? 1 : b === '' ? -1 : a < b ? -1 : 1));
  if (terms.length === 0) return '0';
  return terms
    .map(([term, coefficient]) =>
      term === '' ? `${coefficient}` : coefficient === 1 ? term : `${coefficient}*${term}`,
    )
    .join(' + ');
}

export function addPolynomials(a: Polynomial, b: Polynomial): Polynomial {
  const sum = new Map(a);
  for (const [term, coefficient] of b) {
    const total = (sum.get(term) ?? 0) + coefficient;
    if (total === 0) sum.delete(term);
    else sum.set(term, total);
  }
  return sum;
}

export function multiplyPolynomials(a: Polynomial, b: Polynomial): Polynomial {
  let product: Polynomial = new Map();
  for (const [left, leftCoefficient] of a) {
    for (const [right, rightCoefficient] of b) {
      const term = termOf([...symbolsOf(left), ...symbolsOf(right)]);
      product = addPolynomials(product, new Map([[term, leftCoefficient * rightCoefficient]]));
    }
  }
  return product;
}

/** `undefined` when the division isn't exact, or the divisor has several terms (other than the dividend itself). */
export function dividePolynomial(dividend: Polynomial, divisor: Polynomial): Polynomial | undefined {
  const [single] = divisor;
  if (single === undefined) return undefined;
  if (divisor.size > 1)
    return formatPolynomial(dividend) === formatPolynomial(divisor) ? constantPolynomial(1) : undefined;
  const quotient = new Map<string, number>();
  for (const [term, coefficient] of dividend) {
    const symbols = [...symbolsOf(term)];
    for (const symbol of symbolsOf(single[0])) {
      const index = symbols.indexOf(symbol);
      if (index < 0) return undefined;
      symbols.splice(index, 1);
    }
    if (coefficient % single[1] !== 0) return undefined;
    quotient.set(termOf(symbols), coefficient / single[1]);
  }
  return quotient;
}

function symbolsOf(term: string): readonly string[] {
  return term === '' ? [] : term.split('*');
}

function termOf(symbols: readonly string[]): string {
  return [...symbols].sort().join('*');
}
