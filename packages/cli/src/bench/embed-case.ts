import type { EmbedEngine } from '@ferrum/interfaces';
import type { EmbedCaseName } from './embed-case-names.js';
import { type EmbedCorpus, embedCorpus } from './embed-corpus.js';
import { EventLoopDelay } from './event-loop-delay.js';
import { peakRssBytes } from './machine.js';
import { type Summary, summarize } from './summary.js';

export interface EmbedCase {
  readonly engine: EmbedEngine;
  readonly name: EmbedCaseName;
  readonly repeats: number;
  readonly signal: AbortSignal;
}

export interface EmbedCaseResult {
  readonly textsPerSecond: Summary | null;
  /** Special tokens count, padding does not. */
  readonly tokensPerSecond: Summary | null;
  /** Of each text of `single`, in ms; null in the other cases, where texts do not come one at a time. */
  readonly latencyMs: Summary | null;
  /** 99th percentile while the texts were embedded, in ms. */
  readonly eventLoopDelayMs: number | null;
  readonly peakRssBytes: number;
}

/** @throws FerrumError what the engine throws. */
export async function measureEmbed({ engine, name, repeats, signal }: EmbedCase): Promise<EmbedCaseResult> {
  const { textsOf, embed } = cases[name];
  const texts = textsOf(embedCorpus());
  // The calls of the case itself do not say how many tokens they read.
  const { usage } = await engine.embedTexts(texts, { truncate: 'end', signal });
  await embed(engine, texts, signal);
  const delay = new EventLoopDelay();
  const seconds: number[] = [];
  const latenciesMs: number[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    const start = performance.now();
    latenciesMs.push(...(await delay.during(() => embed(engine, texts, signal))));
    seconds.push((performance.now() - start) / 1000);
  }
  return {
    textsPerSecond: summarize(seconds.map((time) => texts.length / time)),
    tokensPerSecond: summarize(seconds.map((time) => usage.promptTokens / time)),
    latencyMs: summarize(latenciesMs),
    eventLoopDelayMs: delay.p99,
    peakRssBytes: peakRssBytes(),
  };
}

interface CaseDefinition {
  textsOf(corpus: EmbedCorpus): readonly string[];
  /** Returns the latencies that it measured, in ms. */
  embed(engine: EmbedEngine, texts: readonly string[], signal: AbortSignal): Promise<readonly number[]>;
}

const cases: Readonly<Record<EmbedCaseName, CaseDefinition>> = {
  single: { textsOf: ({ short }) => short, embed: oneAfterTheOther },
  batch32: { textsOf: ({ short }) => short.slice(0, 32), embed: inOneCall },
  batch8x128: { textsOf: ({ long }) => long, embed: inOneCall },
  mixed256: { textsOf: ({ mixed }) => mixed, embed: inOneCall },
  callers64: { textsOf: ({ short }) => short, embed: allAtOnce },
};

async function oneAfterTheOther(
  engine: EmbedEngine,
  texts: readonly string[],
  signal: AbortSignal,
): Promise<readonly number[]> {
  const latenciesMs: number[] = [];
  for (const text of texts) {
    const start = performance.now();
    await engine.embedText(text, { signal });
    latenciesMs.push(performance.now() - start);
  }
  return latenciesMs;
}

async function inOneCall(
  engine: EmbedEngine,
  texts: readonly string[],
  signal: AbortSignal,
): Promise<readonly number[]> {
  await engine.embedTexts(texts, { truncate: 'end', signal });
  return [];
}

/** A caller for each text, all of them at the same time. */
async function allAtOnce(
  engine: EmbedEngine,
  texts: readonly string[],
  signal: AbortSignal,
): Promise<readonly number[]> {
  await Promise.all(texts.map((text) => engine.embedText(text, { signal })));
  return [];
}
