import { wholeNumber } from '@ferrum/models';
import * as v from 'valibot';
import { dictionary } from './dictionary.js';
import { smallestChunk } from './scheduling/scheduler.js';

export const atLeastOne = v.pipe(wholeNumber, v.minValue(1));
export const countable = v.pipe(wholeNumber, v.minValue(0));
const chunk = v.pipe(wholeNumber, v.minValue(smallestChunk));
const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));

/** Most requests that run side by side: as many rows of a run. */
const mostSlots = 256;

/** What an option may be, when the engine is opened and when it is reconfigured. */
export const optionRanges = {
  policy: v.picklist(['fcfs', 'priority', 'fair-share', 'sjf']),
  maxWaitingRequests: countable,
  maxRunningRequests: v.pipe(atLeastOne, v.maxValue(mostSlots)),
  enablePreemption: v.boolean(),
  priorityAgingMs: positive,
  fairShareWeights: dictionary(positive),
  prefillChunk: chunk,
  activeDecodePrefillChunk: chunk,
  maxBatchedTokens: atLeastOne,
  prefixCacheBytes: countable,
};

/** @returns what is wrong with a number of tokens a step for so many rows, in words that go on from its name. */
export function batchedTokensProblem(tokens: number, rows: number): string | undefined {
  const least = Math.max(smallestChunk, rows);
  if (tokens >= least) return undefined;
  return `is ${tokens}, but must be at least ${least}: a step has room for ${smallestChunk} tokens of a prompt and for one token of each of ${rows} requests`;
}
