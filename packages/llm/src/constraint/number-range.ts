import { characters, choice, type Expression, nothing, optional, repeat, sequence, text } from './grammar.js';
import { digit } from './json-text.js';

/** Whole numbers from `low` to `high`, both included, as JSON writes them. */
export function integersBetween(low: bigint, high: bigint): Expression {
  if (low > high) return nothing;
  return choice(
    ...(low < 0n ? [sequence(text('-'), naturals(high < 0n ? -high : 1n, -low))] : []),
    ...(high >= 0n ? [naturals(low > 0n ? low : 0n, high)] : []),
  );
}

/** Numbers with `decimals` digits after the point, at least 1, from `low` to `high` in units of the last digit. */
export function decimalsBetween(low: bigint, high: bigint, decimals: number): Expression {
  if (low > high) return nothing;
  const positive = (from: bigint, to: bigint): Expression => {
    const unit = 10n ** BigInt(decimals);
    const [first, last] = [from / unit, to / unit];
    const fraction = (a: bigint, b: bigint): Expression =>
      sameLength(a.toString().padStart(decimals, '0'), b.toString().padStart(decimals, '0'));
    const at = (whole: bigint, a: bigint, b: bigint): Expression => sequence(text(`${whole}.`), fraction(a, b));
    if (first === last) return at(first, from % unit, to % unit);
    return choice(
      at(first, from % unit, unit - 1n),
      ...(last - first > 1n
        ? [sequence(naturals(first + 1n, last - 1n), text('.'), repeat(digit, decimals, decimals))]
        : []),
      at(last, 0n, to % unit),
    );
  };
  return choice(
    ...(low < 0n ? [sequence(text('-'), positive(high < 0n ? -high : 1n, -low))] : []),
    ...(high >= 0n ? [positive(low > 0n ? low : 0n, high)] : []),
  );
}

/** Whether the ends of a range are left out. */
export interface OpenEnds {
  readonly low: boolean;
  readonly high: boolean;
}

/** Any number from `low` to `high`: whole ones, and between two whole ones with digits after the point. */
export function numbersBetween(low: bigint, high: bigint, open: OpenEnds = { low: false, high: false }): Expression {
  if (low > high) return nothing;
  if (low >= 0n) return magnitudes(low, high, open);
  const minus = (lowest: bigint, openLowest: boolean): Expression =>
    sequence(text('-'), magnitudes(lowest, -low, { low: openLowest, high: open.low }));
  if (high < 0n) return minus(-high, open.high);
  if (high === 0n) return open.high ? minus(0n, true) : choice(minus(0n, false), text('0'));
  return choice(minus(0n, false), magnitudes(0n, high, { low: false, high: open.high }));
}

/** As `numbersBetween`, from 0 on. */
function magnitudes(low: bigint, high: bigint, open: OpenEnds): Expression {
  if (low === high) return open.low || open.high ? nothing : text(low.toString());
  // Fifteen digits in all are told apart as doubles: with more a number could be rounded to an end that is left out.
  const below = open.high ? mostDigits - high.toString().length : mostDigits;
  const above = Math.min(below, mostDigits - low.toString().length);
  const whole = naturals(open.low ? low + 1n : low, high - 1n);
  return choice(
    ...(open.low ? [sequence(text(`${low}.`), nonZeroDigits(above))] : []),
    below > 0 ? sequence(whole, optional(sequence(text('.'), repeat(digit, 1, below)))) : whole,
    ...(open.high ? [] : [text(high.toString())]),
  );
}

/** Up to `most` digits that are not all zero. */
function nonZeroDigits(most: number): Expression {
  if (most < 1) return nothing;
  return choice(sequence(characters('19'), repeat(digit, 0, most - 1)), sequence(text('0'), nonZeroDigits(most - 1)));
}

const mostDigits = 15;

function naturals(low: bigint, high: bigint): Expression {
  if (low > high) return nothing;
  const [a, b] = [low.toString(), high.toString()];
  if (a.length === b.length) return sameLength(a, b);
  // One alternative for all lengths between: xgrammar 0.1.27 mixes up many that begin alike with what stands beside them.
  const between = repeat(digit, a.length, b.length - 2);
  const middle = b.length - a.length > 1 ? [sequence(characters('19'), between)] : [];
  if (a === '1' && /^9+$/.test(b)) return sequence(characters('19'), repeat(digit, 0, b.length - 1));
  return choice(sameLength(a, '9'.repeat(a.length)), ...middle, sameLength(`1${'0'.repeat(b.length - 1)}`, b));
}

/** Digits from `low` to `high`, which have the same length. */
function sameLength(low: string, high: string): Expression {
  if (low === '') return text('');
  const [a, b] = [low[0] ?? '', high[0] ?? ''];
  const [restA, restB] = [low.slice(1), high.slice(1)];
  const [zeros, nines] = [restA.replace(/./g, '0'), restA.replace(/./g, '9')];
  if (a === b) return sequence(text(a), sameLength(restA, restB));
  if (restA === zeros && restB === nines) return sequence(characters(a + b), repeat(digit, restA.length, restA.length));
  return choice(
    sequence(text(a), sameLength(restA, nines)),
    ...(Number(b) - Number(a) > 1
      ? [sequence(characters(`${Number(a) + 1}${Number(b) - 1}`), repeat(digit, restA.length, restA.length))]
      : []),
    sequence(text(b), sameLength(zeros, restB)),
  );
}
