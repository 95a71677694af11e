/** e^−40 is below what a double's sum over any vocabulary can show: tokens under it are never exponentiated. */
export const negligible = 40;

/**
 * e^x for x from −`negligible` to 0, to 2e-14 of its value: 2^−n/1024 from tables, times three terms of e^r for the
 * remainder |r| < ln 2 / 1024 (Tang 1989). Four times as fast as Math.exp, which would take most of a step's time.
 */
export function exponential(x: number): number {
  const n = (x * -stepsPerUnit) | 0;
  const r = x + n * unitsPerStep;
  return (
    (fractions[n & (steps - 1)] as number) * (powers[n >> stepBits] as number) * (1 + r * (1 + r * (0.5 + r * (1 / 6))))
  );
}

const stepBits = 10;
const steps = 1 << stepBits;
const stepsPerUnit = steps / Math.LN2;
const unitsPerStep = Math.LN2 / steps;

/** 2^−i/1024. */
const fractions = Float64Array.from({ length: steps }, (_, i) => 2 ** (-i / steps));
/** 2^−i, as far as e^−40 reaches and a little more. */
const powers = Float64Array.from({ length: 64 }, (_, i) => 2 ** -i);
