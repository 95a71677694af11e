import { deflate } from 'pako';
import type { HeardWindow } from '../engine/decoding-jobs.js';
import { BeamSearch } from '../search/beam-search.js';
import { Sampling } from '../search/sampling.js';
import { averageLogProb, type RowLogits, type Search } from '../search/search.js';
import { createTokenRules } from '../search/token-rules.js';
import type { WhisperTokens } from '../tokens/whisper-tokens.js';
import { roomAfter, type WindowPrompt } from './prompt.js';
import type { SpeechModel } from './speech-model.js';
import type { TranscribeSettings } from './transcribe-settings.js';

export interface DecodedWindow {
  /** Text and timestamps; those that the prompt began included. */
  readonly tokens: readonly number[];
  /** Of all its tokens. */
  readonly text: string;
  readonly temperature: number;
  readonly avgLogprob: number;
  readonly compressionRatio: number;
  readonly noSpeechProb: number;
}

/** Decodes a window, with rising temperature while the text is too repetitive or too improbable (Radford et al. 2022, §4.5). */
export async function decodeWindow(
  model: SpeechModel,
  window: HeardWindow,
  prompt: WindowPrompt,
  settings: TranscribeSettings,
  random: () => number,
): Promise<DecodedWindow> {
  const { compressionRatioThreshold, logProbThreshold, noSpeechThreshold, temperatures } = settings;
  const tried: DecodedWindow[] = [];
  for (const temperature of temperatures) {
    const result = await decodeAt(model, window, prompt, settings, temperature, random);
    tried.push(result);
    const isRepetitive = compressionRatioThreshold !== null && result.compressionRatio > compressionRatioThreshold;
    const isImprobable = logProbThreshold !== null && result.avgLogprob < logProbThreshold;
    const isSilence = isImprobable && noSpeechThreshold !== null && result.noSpeechProb > noSpeechThreshold;
    if (isSilence || (!isRepetitive && !isImprobable)) return result;
  }
  // All failed: the most probable one, rather of those that do not repeat themselves.
  const plain = tried.filter(
    ({ compressionRatio }) => compressionRatioThreshold !== null && compressionRatio <= compressionRatioThreshold,
  );
  const best = (plain.length > 0 ? plain : tried).reduce((a, b) => (b.avgLogprob > a.avgLogprob ? b : a));
  // What follows is told the last temperature tried, whose text it must not be given.
  return { ...best, temperature: temperatures[temperatures.length - 1] as number };
}

/** Whether a window is silence: likely without speech, and its text not probable enough to be believed all the same. */
export function isSilent(
  { noSpeechProb, avgLogprob }: Pick<DecodedWindow, 'noSpeechProb' | 'avgLogprob'>,
  { noSpeechThreshold, logProbThreshold }: Pick<TranscribeSettings, 'noSpeechThreshold' | 'logProbThreshold'>,
): boolean {
  if (noSpeechThreshold === null || noSpeechProb <= noSpeechThreshold) return false;
  return logProbThreshold === null || avgLogprob <= logProbThreshold;
}

async function decodeAt(
  model: SpeechModel,
  window: HeardWindow,
  prompt: WindowPrompt,
  settings: TranscribeSettings,
  temperature: number,
  random: () => number,
): Promise<DecodedWindow> {
  const { tokens, config, loop } = model;
  const rules = createTokenRules(tokens, config.vocabularySize, settings);
  const maxTokens = roomAfter(prompt, config.maxTokens, settings.maxNewTokens);
  const { prefix } = prompt;
  const { lengthPenalty, beamSize, patience, bestOf } = settings;
  const search: Search =
    temperature === 0
      ? new BeamSearch({ rules, prefix, beamSize, patience, lengthPenalty, maxTokens })
      : new Sampling({ rules, prefix, temperature, bestOf, lengthPenalty, maxTokens, random });
  let noSpeechProb = 0;
  const read = (row: RowLogits) => {
    noSpeechProb = noSpeechProbability(row, tokens);
  };
  const observe = { index: prompt.startIndex, read };
  await loop.search(window, { tokens: prompt.tokens, observe }, search, settings.signal, 'Transcribing');
  const best = search.results[0] ?? { tokens: [], sumLogProb: 0 };
  const all = [...prefix, ...best.tokens];
  const text = tokens.decode(all);
  return {
    tokens: all,
    text,
    temperature,
    avgLogprob: averageLogProb(best),
    compressionRatio: compressionRatio(text.trim()),
    noSpeechProb,
  };
}

/** What the model gives, at the start of the transcript, to the token that says that there is no speech. */
function noSpeechProbability({ logits, textLogSum }: RowLogits, { noSpeech, timestampBegin }: WhisperTokens): number {
  let sum = 1;
  for (let id = timestampBegin; id < logits.length; id++) sum += Math.exp((logits[id] as number) - textLogSum);
  return Math.exp((logits[noSpeech] as number) - textLogSum) / sum;
}

/**
 * Bytes over bytes when compressed by zlib: high when a text repeats itself. Not by Node's zlib, a variant that packs some texts tighter,
 * by which ordinary speech would be over the threshold.
 */
export function compressionRatio(text: string): number {
  const bytes = Buffer.from(text);
  return bytes.length / deflate(bytes).length;
}
