import type { VadOptions } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { sampleRate } from './speech-span.js';
import { windowSamples } from './window-frames.js';

/** Options with their defaults, durations in samples (which need not be whole). */
export interface VadSettings {
  readonly threshold: number;
  readonly negThreshold: number;
  readonly minSpeechSamples: number;
  /** Of speech without its padding and the window that is under way. */
  readonly maxSpeechSamples: number;
  readonly minSilenceSamples: number;
  readonly speechPadSamples: number;
}

/** @throws FerrumError `InvalidParameter` naming the option. */
export function vadSettings(options: VadOptions = {}): VadSettings {
  const { threshold = 0.5, minSpeechDurationMs = 0, minSilenceDurationMs = 2000, speechPadMs = 400 } = options;
  const { maxSpeechDurationSeconds = Number.POSITIVE_INFINITY } = options;
  requireWithin('threshold', threshold, 0, 1);
  const { negThreshold = Math.max(threshold - 0.15, 0.01) } = options;
  requireWithin('negThreshold', negThreshold, 0, options.negThreshold === undefined ? 1 : threshold);
  requireWithin('minSpeechDurationMs', minSpeechDurationMs, 0, longestMs);
  requireWithin('minSilenceDurationMs', minSilenceDurationMs, 0, longestMs);
  requireWithin('speechPadMs', speechPadMs, 0, longestMs);
  const speechPadSamples = samplesOf(speechPadMs);
  const maxSpeechSamples = sampleRate * maxSpeechDurationSeconds - windowSamples - 2 * speechPadSamples;
  if (!(maxSpeechSamples > 0)) {
    const shortest = (windowSamples + 2 * speechPadSamples) / sampleRate;
    throw invalid(
      `maxSpeechDurationSeconds must be more than ${shortest} (twice speechPadMs and one window); got ${maxSpeechDurationSeconds}`,
      'maxSpeechDurationSeconds',
    );
  }
  return {
    threshold,
    negThreshold,
    minSpeechSamples: samplesOf(minSpeechDurationMs),
    maxSpeechSamples,
    minSilenceSamples: samplesOf(minSilenceDurationMs),
    speechPadSamples,
  };
}

/** A day. */
const longestMs = 24 * 3600 * 1000;

function samplesOf(milliseconds: number): number {
  return (sampleRate * milliseconds) / 1000;
}

function requireWithin(name: keyof VadOptions, value: unknown, lowest: number, highest: number): void {
  if (typeof value === 'number' && value >= lowest && value <= highest) return;
  throw invalid(`${name} must be a number from ${lowest} to ${highest}; got ${String(value)}`, name);
}

function invalid(problem: string, parameter: keyof VadOptions): FerrumError {
  return new FerrumError('InvalidParameter', `Voice activity detection: ${problem}.`, { details: { parameter } });
}
