import type { LlmInferenceEngine } from '@ferrum/interfaces';
import { EventLoopDelay } from './event-loop-delay.js';
import { peakRssBytes } from './machine.js';
import { readStreams } from './read-streams.js';
import { joinSamples, type StreamSamples, samplesOf } from './stream-samples.js';
import { type Summary, summarize } from './summary.js';

export interface LlmCase {
  readonly engine: LlmInferenceEngine;
  readonly nextPrompt: () => string;
  /** Streams that are started together. */
  readonly concurrency: number;
  readonly maxTokens: number;
  readonly repeats: number;
  readonly signal: AbortSignal;
}

export interface LlmCaseResult extends Readonly<Record<keyof StreamSamples, Summary | null>> {
  /** Of a prompt as the engine counts them: the median. */
  readonly promptTokens: number;
  /** 99th percentile while the streams ran, in ms. */
  readonly eventLoopDelayMs: number | null;
  /** Most memory that the process has had so far. */
  readonly peakRssBytes: number;
}

/** As many new tokens show the engine every kind of step. */
const warmUpTokens = 8;

/** @throws FerrumError as `readStreams`. */
export async function measureLlm(options: LlmCase): Promise<LlmCaseResult> {
  const { engine, nextPrompt, concurrency, maxTokens, repeats, signal } = options;
  const read = (tokens: number) => readStreams(engine, Array.from({ length: concurrency }, nextPrompt), tokens, signal);

  await read(Math.min(maxTokens, warmUpTokens));
  const delay = new EventLoopDelay();
  const promptTokens: number[] = [];
  const repeated: StreamSamples[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    const traces = await delay.during(() => read(maxTokens));
    promptTokens.push(...traces.map(({ usage }) => usage.promptTokens));
    repeated.push(samplesOf(traces));
  }
  const samples = joinSamples(repeated);
  return {
    promptTokens: Math.round(summarize(promptTokens)?.median ?? 0),
    timeToFirstTokenMs: summarize(samples.timeToFirstTokenMs),
    interTokenLatencyMs: summarize(samples.interTokenLatencyMs),
    decodeTokensPerSecond: summarize(samples.decodeTokensPerSecond),
    prefillTokensPerSecond: summarize(samples.prefillTokensPerSecond),
    eventLoopDelayMs: delay.p99,
    peakRssBytes: peakRssBytes(),
  };
}
