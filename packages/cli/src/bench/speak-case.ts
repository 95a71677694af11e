import type { SpeechOptions, TtsEngine } from '@ferrum/interfaces';
import { EventLoopDelay } from './event-loop-delay.js';
import { peakRssBytes } from './machine.js';
import type { SpeakCaseName } from './speak-case-names.js';
import { speakTexts } from './speak-texts.js';
import { type Summary, summarize } from './summary.js';

export interface SpeakCase {
  readonly engine: TtsEngine;
  readonly name: SpeakCaseName;
  /** The model's first when it is left out. */
  readonly voice?: string;
  readonly repeats: number;
  readonly signal: AbortSignal;
}

export interface SpeakCaseResult {
  /** Seconds for each second of speech. */
  readonly realTimeFactor: Summary | null;
  readonly audioSeconds: Summary | null;
  /** From the call to the first chunk. */
  readonly firstAudioMs: Summary | null;
  /** 99th percentile while the text was spoken, in ms. */
  readonly eventLoopDelayMs: number | null;
  readonly peakRssBytes: number;
}

/** @throws FerrumError what the engine throws. */
export async function measureSpeak({ engine, name, voice, repeats, signal }: SpeakCase): Promise<SpeakCaseResult> {
  // Every repeat does the same work.
  const options: SpeechOptions = { seed: 1, ...(voice !== undefined && { voice }), signal };
  const pass = () => speakOnce(engine, speakTexts[name], options);
  await pass();
  const passes: Pass[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) passes.push(await pass());
  // Apart: asking the loop every 2 ms takes time from what computes beside it.
  const delay = new EventLoopDelay();
  await delay.during(pass);
  return {
    realTimeFactor: summarize(passes.map(({ seconds, audioSeconds }) => seconds / audioSeconds)),
    audioSeconds: summarize(passes.map(({ audioSeconds }) => audioSeconds)),
    firstAudioMs: summarize(passes.map(({ firstAudioMs }) => firstAudioMs)),
    eventLoopDelayMs: delay.p99,
    peakRssBytes: peakRssBytes(),
  };
}

interface Pass {
  readonly seconds: number;
  readonly audioSeconds: number;
  readonly firstAudioMs: number;
}

async function speakOnce(engine: TtsEngine, text: string, options: SpeechOptions): Promise<Pass> {
  const start = performance.now();
  let firstAudioMs: number | undefined;
  let audioSeconds = 0;
  for await (const { samples, sampleRate } of engine.synthesizeStream(text, options)) {
    firstAudioMs ??= performance.now() - start;
    audioSeconds += samples.length / sampleRate;
  }
  const totalMs = performance.now() - start;
  return { seconds: totalMs / 1000, audioSeconds, firstAudioMs: firstAudioMs ?? totalMs };
}
