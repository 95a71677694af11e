import { FerrumError } from '@ferrum/registry/errors';
import type { WhisperTokens } from '../tokens/whisper-tokens.js';
import type { TranscribeSettings } from './transcribe-settings.js';

export interface WindowPrompt {
  readonly tokens: readonly number[];
  /** Those of the text that it begins, timestamp included. */
  readonly prefix: readonly number[];
  /** Where `<|startoftranscript|>` is. */
  readonly startIndex: number;
}

export interface PromptParts {
  readonly language: string;
  /** Of the text before; the last ones are used. */
  readonly previous: readonly number[];
  /** Whether this window begins with the `prefix`. */
  readonly hasPrefix: boolean;
}

/**
 * What a window's decoding starts from. Radford et al. 2022, figure 1; lengths as in openai/whisper and faster-whisper, but that the
 * text before leaves room for `maxNewTokens`.
 */
export function windowPrompt(
  tokens: WhisperTokens,
  settings: Pick<TranscribeSettings, 'task' | 'prefix' | 'hotwords' | 'withoutTimestamps' | 'maxNewTokens'>,
  { language, previous, hasPrefix }: PromptParts,
  maxTokens: number,
): WindowPrompt {
  const most = Math.floor(maxTokens / 2) - 1;
  const written = hasPrefix ? textTokens(tokens, settings.prefix).slice(0, most) : [];
  const hasStart = !settings.withoutTimestamps && written.length > 0;
  const text = hasStart ? [tokens.timestampBegin, ...written] : written;
  const plain = settings.withoutTimestamps ? [tokens.noTimestamps] : [];
  const begun = [...tokens.sotSequence(language, settings.task), ...plain, ...text];
  // Hotwords and the text before may together take their half, or what is left of it.
  const { maxNewTokens = 0 } = settings;
  const room = maxNewTokens === 0 ? most : Math.min(most, Math.max(0, maxTokens - maxNewTokens - begun.length - 1));
  const hot = textTokens(tokens, settings.hotwords).slice(0, room);
  const kept = previous.slice(Math.max(0, previous.length - (room - hot.length)));
  const context = hot.length + kept.length === 0 ? [] : [tokens.startOfPrevious, ...hot, ...kept];
  return {
    tokens: [...context, ...begun],
    prefix: text,
    startIndex: context.length,
  };
}

/** What the first window is told. */
export function initialTokens(
  tokens: Pick<WhisperTokens, 'encode'>,
  { initialPrompt }: Pick<TranscribeSettings, 'initialPrompt'>,
): readonly number[] {
  return typeof initialPrompt === 'object' ? initialPrompt : textTokens(tokens, initialPrompt);
}

/** As a text goes on; of a blank one nothing. */
function textTokens(tokens: Pick<WhisperTokens, 'encode'>, text = ''): readonly number[] {
  const trimmed = text.trim();
  return trimmed === '' ? [] : tokens.encode(` ${trimmed}`);
}

/** Tokens that may be written after a prompt, at least one. @throws FerrumError `InvalidParameter` when they do not fit */
export function roomAfter(prompt: WindowPrompt, maxTokens: number, maxNewTokens: number | undefined): number {
  const left = maxTokens - prompt.tokens.length;
  if (left < 0) {
    throw new FerrumError(
      'InvalidParameter',
      `prefix: with the text before it, the prompt has ${prompt.tokens.length} tokens; the model can hold ${maxTokens}. Shorten one of them.`,
      { details: { parameter: 'prefix' } },
    );
  }
  if (maxNewTokens === undefined) {
    return Math.max(1, Math.min(Math.floor(maxTokens / 2), left + 1) - prompt.prefix.length);
  }
  if (maxNewTokens <= left) return maxNewTokens;
  throw new FerrumError(
    'InvalidParameter',
    `maxNewTokens: ${maxNewTokens} and the prompt of ${prompt.tokens.length} tokens are more than the ${maxTokens} that the model can hold.`,
    { details: { parameter: 'maxNewTokens' } },
  );
}
