import { FerrumError } from '@ferrum/registry/errors';
import type { HeardWindow } from '../engine/decoding-jobs.js';
import type { WhisperTokens } from '../tokens/whisper-tokens.js';
import type { SpeechModel } from './speech-model.js';
import type { TranscribeSettings } from './transcribe-settings.js';

export interface DetectedLanguage {
  readonly language: string;
  readonly probability: number;
  /** Of every language, by code. */
  readonly probabilities: Readonly<Record<string, number>>;
}

/**
 * @throws FerrumError `InvalidParameter` for a language that the model lacks, `Unsupported` for what one that knows only
 * English cannot do; before anything is computed
 */
export function requireLanguage(
  tokens: WhisperTokens,
  { language, task, multilingual }: Pick<TranscribeSettings, 'language' | 'task' | 'multilingual'>,
): void {
  if (language !== undefined || !tokens.isMultilingual) tokens.sotSequence(language ?? 'en', task);
  if (!multilingual || tokens.isMultilingual) return;
  const message = 'multilingual: the model knows only English; leave it out, or take a model without ".en".';
  throw new FerrumError('Unsupported', message, { details: { parameter: 'multilingual' } });
}

/** What a multilingual model takes a window's language to be. */
export async function detectLanguage(
  { loop, tokens }: SpeechModel,
  window: HeardWindow,
  signal: AbortSignal | undefined,
): Promise<DetectedLanguage> {
  const [after] = await loop.prompt(window, [tokens.startOfTranscript], [0], signal, 'Detecting the language');
  const logits = [...tokens.languages].map(([language, id]) => ({ language, logit: after?.logits[id] ?? -Infinity }));
  logits.sort((a, b) => b.logit - a.logit);
  const highest = logits[0]?.logit ?? 0;
  const total = logits.reduce((sum, { logit }) => sum + Math.exp(logit - highest), 0);
  const probabilities = Object.fromEntries(
    logits.map(({ language, logit }) => [language, Math.exp(logit - highest) / total]),
  );
  const language = logits[0]?.language ?? 'en';
  return { language, probability: probabilities[language] ?? 0, probabilities };
}

/** The language of the first of several windows that is sure of it; else what most of them say. */
export async function detectLanguageOf(
  windows: AsyncIterable<DetectedLanguage>,
  threshold: number,
): Promise<DetectedLanguage | undefined> {
  const unsure: DetectedLanguage[] = [];
  for await (const detected of windows) {
    if (detected.probability > threshold) return detected;
    unsure.push(detected);
  }
  const votes = (of: DetectedLanguage) => unsure.filter(({ language }) => language === of.language);
  const [first] = [...unsure].sort((a, b) => votes(b).length - votes(a).length);
  if (!first) return undefined;
  return votes(first).reduce((a, b) => (b.probability > a.probability ? b : a));
}
