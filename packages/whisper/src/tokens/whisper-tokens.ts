import type { Tokenizer } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';
import { findNonSpeechTokens } from './non-speech-tokens.js';
import {
  findSpecialTokens,
  timestampSteps,
  type WhisperSpecialTokens,
  type WhisperTokensOptions,
} from './special-tokens.js';
import { splitWords, type WordTokens } from './split-words.js';

/** A model's special tokens, and text to tokens and back. Safe to share. */
export interface WhisperTokens extends WhisperSpecialTokens {
  /** What −1 among `suppressTokens` stands for: tokens of sounds, speaker names and brackets. Ascending. */
  readonly nonSpeechTokens: readonly number[];
  /** What a window's text may not start with when `suppressBlank` is on: a space, and the end. */
  readonly blankTokens: readonly number[];
  isTimestamp(id: number): boolean;
  /** The nearest one. Throws `InvalidParameter` for a time outside 0–30 s. */
  timestampId(seconds: number): number;
  /** In seconds. Throws `InvalidParameter` for an id that is not a timestamp's. */
  timestampSeconds(id: number): number;
  /** Text tokens only: special tokens written in the text are text, and timestamps in it are left out. */
  encode(text: string): number[];
  /** The text of the text tokens among these. Throws `InvalidParameter` for a negative id. */
  decode(ids: Iterable<number>): string;
  /** With timestamps as `<|1.20|>`; other special tokens are left out. */
  decodeWithTimestamps(ids: Iterable<number>): string;
  /**
   * What a window's prompt ends with: start, language and task. Throws `InvalidParameter` for a language the model lacks,
   * `Unsupported` for another one than English, or translation, of an English-only model.
   */
  sotSequence(language: string, task: 'transcribe' | 'translate'): number[];
  /**
   * What is never written: these tokens, those that −1 stands for, and the special tokens of a prompt. Ascending.
   * Throws `InvalidParameter` for an id outside the vocabulary.
   */
  suppressedTokens(requested: readonly number[]): number[];
  /** Text tokens grouped into words. */
  splitWords(textTokens: readonly number[], language: string): WordTokens[];
}

const stepsPerSecond = 50;

/** Throws `InvalidFormat` for a tokenizer that lacks one of Whisper's tokens, or a vocabulary too small for its timestamps. */
export function createWhisperTokens(tokenizer: Tokenizer, options: WhisperTokensOptions): WhisperTokens {
  const special = findSpecialTokens(tokenizer, options);
  const { endOfText, timestampBegin, timestampEnd } = special;
  const isText = (id: number) => id < endOfText;
  const isTimestamp = (id: number) => Number.isInteger(id) && id >= timestampBegin && id <= timestampEnd;
  const encode = (text: string) =>
    tokenizer.encode(text, { addSpecialTokens: false, parseSpecialTokens: false }).filter(isText);
  const decode = (ids: Iterable<number>) => tokenizer.decode([...ids].filter(isText));
  const timestampSeconds = (id: number) => {
    if (isTimestamp(id)) return (id - timestampBegin) / stepsPerSecond;
    throw invalid('id', `Token ${id} is not a timestamp; those are ${timestampBegin} to ${timestampEnd}.`);
  };
  const nonSpeechTokens = findNonSpeechTokens(encode);
  return {
    ...special,
    nonSpeechTokens,
    blankTokens: [...encode(' '), endOfText],
    isTimestamp,
    timestampSeconds,
    timestampId(seconds) {
      const steps = Math.round(seconds * stepsPerSecond);
      if (steps >= 0 && steps <= timestampSteps) return timestampBegin + steps;
      throw invalid('seconds', `There is no timestamp of ${seconds} s; they go from 0 to 30 s.`);
    },
    encode,
    decode,
    decodeWithTimestamps(ids) {
      let text = '';
      let run: number[] = [];
      for (const id of ids) {
        if (!isTimestamp(id)) {
          run.push(id);
          continue;
        }
        text += `${decode(run)}<|${timestampSeconds(id).toFixed(2)}|>`;
        run = [];
      }
      return text + decode(run);
    },
    sotSequence: (language, task) => sotSequence(special, language, task),
    suppressedTokens(requested) {
      const all = new Set<number>();
      for (const id of requested) {
        if (id === -1) for (const one of nonSpeechTokens) all.add(one);
        else if (Number.isInteger(id) && id >= 0 && id < options.vocabularySize) all.add(id);
        else {
          throw invalid(
            'suppressTokens',
            `suppressTokens holds ${id}; a token is a whole number from 0 to ${options.vocabularySize - 1}, or −1 for the non-speech tokens.`,
          );
        }
      }
      const { startOfTranscript, transcribe, translate, startOfLm, startOfPrevious, noSpeech } = special;
      for (const id of [startOfTranscript, transcribe, translate, startOfLm, startOfPrevious, noSpeech]) {
        if (id !== undefined) all.add(id);
      }
      return [...all].sort((a, b) => a - b);
    },
    splitWords: (textTokens, language) => splitWords(textTokens, language, decode),
  };
}

function sotSequence(special: WhisperSpecialTokens, language: string, task: 'transcribe' | 'translate'): number[] {
  const { isMultilingual, startOfTranscript, languages } = special;
  if (!isMultilingual) {
    if (language === 'en' && task === 'transcribe') return [startOfTranscript];
    const wanted = task === 'translate' ? 'translate' : `transcribe "${language}"`;
    throw new FerrumError(
      'Unsupported',
      `This model knows English only: it cannot ${wanted}. Use a multilingual model, whose name lacks ".en".`,
      { details: { parameter: language === 'en' ? 'task' : 'language' } },
    );
  }
  const languageId = languages.get(language);
  const taskId = special[task];
  if (languageId !== undefined && taskId !== undefined) return [startOfTranscript, languageId, taskId];
  throw invalid(
    'language',
    `This model has no token for the language "${language}". It knows ${[...languages.keys()].join(', ')}.`,
  );
}

function invalid(parameter: string, message: string): FerrumError {
  return new FerrumError('InvalidParameter', message, { details: { parameter } });
}
