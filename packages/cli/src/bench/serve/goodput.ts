import { InvalidArgumentError } from 'commander';
import { latenciesOf } from './latencies.js';
import type { StreamTrace } from './outcome.js';

/** What a request must keep within, in ms. */
export interface Goals {
  /** Time to the first token. */
  readonly ttft?: number;
  /** Between two tokens, in the mean over the request. */
  readonly itl?: number;
  /** To the end of the answer. */
  readonly e2e?: number;
}

/** A commander argument parser for `ttft:500,itl:50,e2e:30000`. */
export function goalsArgument(text: string): Goals {
  const goals: Record<string, number> = {};
  for (const part of text.split(/[\s,]+/)) {
    const [, name, value] = /^(ttft|itl|e2e):(\d+\.?\d*)$/.exec(part) ?? [];
    if (name === undefined || goals[name] !== undefined) {
      throw new InvalidArgumentError('It must be goals in ms, each once, such as ttft:500,itl:50,e2e:30000.');
    }
    goals[name] = Number(value);
  }
  return goals;
}

/** A request without a second token has no time between tokens, and keeps that goal. */
export function meets(trace: StreamTrace, { ttft, itl, e2e }: Goals): boolean {
  const { timeToFirstTokenMs, timePerOutputTokenMs, endToEndMs } = latenciesOf(trace);
  const within = (value: number | undefined, goal: number | undefined) =>
    value === undefined || goal === undefined || value <= goal;
  return within(timeToFirstTokenMs, ttft) && within(timePerOutputTokenMs, itl) && within(endToEndMs, e2e);
}
