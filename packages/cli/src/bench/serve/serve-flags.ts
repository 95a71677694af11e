import { FerrumError } from '@ferrum/registry/errors';
import type { Goals } from './goodput.js';
import type { Endpoint } from './request-shape.js';
import type { Extent, Load } from './run-load.js';

/** The flags of `ferrum bench serve` as commander hands them over, each in range already. */
export interface BenchServeFlags {
  readonly model?: string;
  readonly apiKey?: string;
  readonly endpoint: Endpoint;
  readonly promptTokens: number;
  readonly sharedPrefixTokens: number;
  /** A file. */
  readonly prompts?: string;
  readonly maxTokens: number;
  readonly ignoreEos?: true;
  readonly temperature: number;
  readonly concurrency: readonly number[];
  /** Per second; in place of `concurrency`. */
  readonly rate?: readonly number[];
  /** In seconds. */
  readonly duration: number;
  /** In place of `duration`. */
  readonly requests?: number;
  readonly warmup: number;
  readonly repeats: number;
  /** In seconds. */
  readonly timeout: number;
  readonly seed?: number;
  readonly goodput?: Goals;
  readonly vanish: number;
  readonly junk: number;
  readonly probe?: true;
  readonly verify?: true;
  readonly maxErrorRate?: number;
  readonly json?: true;
}

/** @throws FerrumError `InvalidParameter` when flags contradict each other. */
export function requireSense({ verify, temperature, vanish, junk }: BenchServeFlags): void {
  if (verify && temperature > 0) {
    throw new FerrumError(
      'InvalidParameter',
      '--verify compares answers, which are the same only at temperature 0. Leave out --temperature or --verify.',
    );
  }
  if (vanish + junk > 1) {
    throw new FerrumError(
      'InvalidParameter',
      `--vanish and --junk are shares of the same requests and make ${vanish + junk} of them. Lower one.`,
    );
  }
}

export function loadsOf({ rate, concurrency }: BenchServeFlags): readonly Load[] {
  if (rate) return rate.map((ratePerSecond) => ({ type: 'open', ratePerSecond }));
  return concurrency.map((clients) => ({ type: 'closed', concurrency: clients }));
}

export function extentOf({ requests, duration }: BenchServeFlags): Extent {
  return requests === undefined ? { durationMs: 1000 * duration } : { requests };
}
