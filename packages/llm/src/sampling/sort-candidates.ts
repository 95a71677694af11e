import type { Candidates } from './candidates.js';

/** Most probable first. */
export function sortByProbability(candidates: Candidates): void {
  if (candidates.isSorted) return;
  const { keys, logits, count } = candidates;
  // From 0, so that both zeros become the same one.
  for (let i = 0; i < count; i++) keys[i] = 0 - (logits[i] as number);
  sortByKeys(candidates);
  candidates.isSorted = true;
}

/** Smallest key first, equal ones in the order they had. Keys are numbers, without −0. */
export function sortByKeys(candidates: Candidates): void {
  candidates.reorder(ascendingOrder(candidates.keys, candidates.count));
  candidates.isSorted = false;
}

const digitBits = 11;
const digits = 1 << digitBits;
const counters = new Int32Array(3 * digits);
const low = counters.subarray(0, digits);
const middle = counters.subarray(digits, 2 * digits);
const high = counters.subarray(2 * digits);
let order = new Int32Array(0);
let spareOrder = new Int32Array(0);
let words = new Int32Array(0);

/**
 * Radix sort by the bits of the floats, eleven at a time: a comparing sort of a whole vocabulary takes several ms.
 * @returns positions, the module's until the next call.
 */
function ascendingOrder(keys: Float32Array, count: number): Int32Array {
  if (order.length < keys.length) {
    order = new Int32Array(keys.length);
    spareOrder = new Int32Array(keys.length);
    words = new Int32Array(keys.length);
  }
  const bits = new Int32Array(keys.buffer, keys.byteOffset, count);
  counters.fill(0);
  for (let i = 0; i < count; i++) {
    // The order of floats as that of unsigned integers: negative ones inverted, positive ones above them.
    const word = bits[i] as number;
    const unsigned = word ^ ((word >> 31) | 0x80000000);
    words[i] = unsigned;
    const a = unsigned & (digits - 1);
    const b = (unsigned >>> digitBits) & (digits - 1);
    const c = unsigned >>> (2 * digitBits);
    low[a] = (low[a] as number) + 1;
    middle[b] = (middle[b] as number) + 1;
    high[c] = (high[c] as number) + 1;
    spareOrder[i] = i;
  }
  pass(spareOrder, order, low, 0, count);
  pass(order, spareOrder, middle, digitBits, count);
  pass(spareOrder, order, high, 2 * digitBits, count);
  return order;
}

function pass(from: Int32Array, to: Int32Array, counts: Int32Array, shift: number, length: number): void {
  let start = 0;
  for (let digit = 0; digit < digits; digit++) {
    const inDigit = counts[digit] as number;
    counts[digit] = start;
    start += inDigit;
  }
  for (let i = 0; i < length; i++) {
    const position = from[i] as number;
    const digit = ((words[position] as number) >>> shift) & (digits - 1);
    const at = counts[digit] as number;
    to[at] = position;
    counts[digit] = at + 1;
  }
}
