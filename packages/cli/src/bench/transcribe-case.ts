import type { TranscribeEngine, TranscribeOptions } from '@ferrum/interfaces';
import { EventLoopDelay } from './event-loop-delay.js';
import { peakRssBytes } from './machine.js';
import { type Summary, summarize } from './summary.js';
import type { TranscribeCaseName } from './transcribe-case-names.js';

export interface TranscribeCase {
  readonly engine: TranscribeEngine;
  readonly name: TranscribeCaseName;
  /** Absolute paths. */
  readonly files: readonly string[];
  /** Heard when it is left out. */
  readonly language?: string;
  readonly repeats: number;
  readonly signal: AbortSignal;
}

export interface TranscribeCaseResult {
  /** Callers at a time. */
  readonly concurrency: number;
  /** Seconds for each second of audio, that of all callers together. */
  readonly realTimeFactor: Summary | null;
  /** Of all files for all callers, in each repeat. */
  readonly audioSeconds: Summary | null;
  /** Of each file for each caller; null when nothing was said. */
  readonly firstSegmentMs: Summary | null;
  /** 99th percentile while the files were transcribed, in ms. */
  readonly eventLoopDelayMs: number | null;
  readonly peakRssBytes: number;
}

/** @throws FerrumError what the engine throws. */
export async function measureTranscribe(settings: TranscribeCase): Promise<TranscribeCaseResult> {
  const { engine, name, files, language, repeats, signal } = settings;
  const { concurrency, ...decoding } = cases[name];
  const options: TranscribeOptions = { ...common, ...decoding, ...(language !== undefined && { language }), signal };
  const pass = () => transcribeAll(engine, files, options, concurrency);
  let oneCaller = 0;
  for (const file of files) oneCaller += (await engine.transcribe(file, options)).duration;
  const audioSeconds = oneCaller * concurrency;
  const seconds: number[] = [];
  const firstSegmentMs: number[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    const start = performance.now();
    firstSegmentMs.push(...(await pass()));
    seconds.push((performance.now() - start) / 1000);
  }
  // Apart: asking the loop every 2 ms takes time from what computes beside it.
  const delay = new EventLoopDelay();
  await delay.during(pass);
  return {
    concurrency,
    realTimeFactor: summarize(seconds.map((time) => time / audioSeconds)),
    audioSeconds: summarize(seconds.map(() => audioSeconds)),
    firstSegmentMs: summarize(firstSegmentMs),
    eventLoopDelayMs: delay.p99,
    peakRssBytes: peakRssBytes(),
  };
}

/** So that every repeat does the same work. */
const common = { temperature: 0, conditionOnPreviousText: false, beamSize: 1 } as const;

const cases: Readonly<Record<TranscribeCaseName, TranscribeOptions & { readonly concurrency: number }>> = {
  greedy: { concurrency: 1 },
  beam5: { concurrency: 1, beamSize: 5 },
  words: { concurrency: 1, wordTimestamps: true },
  batched: { concurrency: 1, vadFilter: true, batchSize: 8 },
  concurrent: { concurrency: 2 },
};

/** The files one after the other, each for so many callers at once. @returns ms to each first segment */
async function transcribeAll(
  engine: TranscribeEngine,
  files: readonly string[],
  options: TranscribeOptions,
  callers: number,
): Promise<readonly number[]> {
  const firstSegmentMs: number[] = [];
  for (const file of files) {
    const call = async () => {
      const start = performance.now();
      let isFirst = true;
      for await (const _ of engine.transcribeStream(file, options)) {
        if (isFirst) firstSegmentMs.push(performance.now() - start);
        isFirst = false;
      }
    };
    await Promise.all(Array.from({ length: callers }, call));
  }
  return firstSegmentMs;
}
