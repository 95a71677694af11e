import { FerrumError } from '@ferrum/registry/errors';

export interface DivideOptions<T> {
  /** The longest part, in the units of `lengthOf`. */
  readonly limit: number;
  /** A finite number from 0 on; with what joins the item to the next, if that counts. */
  readonly lengthOf: (item: T, index: number) => number;
  /** How good a cut after this item is: the greater the better. Items of equal quality are one class. */
  readonly cutQuality: (item: T, index: number) => number;
}

/**
 * Divides items into parts of at most `limit`. It cuts as rarely as possible at the worst places, then as rarely as possible
 * at the next better ones, and so on: so between clauses when that is enough, and never into more parts than that needs.
 * Among those it takes the most even parts (the least sum of squared lengths). An item longer than the limit is a part of its
 * own.
 *
 * @throws FerrumError `InvalidParameter` for a limit or length that is no such number.
 */
export function divide<T>(items: readonly T[], { limit, lengthOf, cutQuality }: DivideOptions<T>): T[][] {
  if (!(limit > 0)) throw invalid('limit', `limit must be greater than 0, not ${limit}.`);
  const lengths = items.map((item, index) => checkLength(lengthOf(item, index), index));
  if (items.length === 0) return [];
  if (sum(lengths) <= limit) return [[...items]];
  const qualities = items.map(cutQuality);
  const levels = [...new Set(qualities)].sort((one, other) => one - other);
  const starts = bestStarts(
    lengths,
    qualities.map((quality) => levels.indexOf(quality)),
    levels.length,
    limit,
  );
  const parts: T[][] = [];
  for (let end = items.length; end > 0; end = starts[end] ?? 0) parts.unshift(items.slice(starts[end] ?? 0, end));
  return parts;
}

/** Cuts at each level, worst first, then the sum of squared lengths: the first number that differs decides. */
type Cost = readonly number[];

/** For each end, the start of its last part in the cheapest division of all items before that end. */
function bestStarts(lengths: readonly number[], cutLevels: readonly number[], levels: number, limit: number): number[] {
  const costs: Cost[] = [new Array<number>(levels + 1).fill(0)];
  const starts = [0];
  for (let end = 1; end <= lengths.length; end++) {
    let best: Cost | undefined;
    let length = 0;
    for (let start = end - 1; start >= 0; start--) {
      length += lengths[start] ?? 0;
      if (length > limit && start < end - 1) break;
      const cost = withPart(costs[start] ?? [], start === 0 ? undefined : cutLevels[start - 1], length);
      if (best !== undefined && !isLess(cost, best)) continue;
      best = cost;
      starts[end] = start;
    }
    costs.push(best ?? []);
  }
  return starts;
}

function withPart(cost: Cost, cutLevel: number | undefined, length: number): Cost {
  return cost.map((value, index) => {
    if (index === cost.length - 1) return value + length * length;
    return index === cutLevel ? value + 1 : value;
  });
}

function isLess(one: Cost, other: Cost): boolean {
  for (const [index, value] of one.entries()) {
    const difference = value - (other[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function checkLength(length: number, index: number): number {
  if (Number.isFinite(length) && length >= 0) return length;
  throw invalid('lengthOf', `The length of item ${index} must be a finite number from 0 on, not ${length}.`);
}

function invalid(parameter: string, message: string): FerrumError {
  return new FerrumError('InvalidParameter', message, { details: { parameter } });
}
