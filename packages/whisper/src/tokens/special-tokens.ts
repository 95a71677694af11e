import { languageNames } from '@ferrum/audio';
import type { Tokenizer } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';

/** Ids of what is not text. Radford et al. 2022, figure 1. */
export interface WhisperSpecialTokens {
  /** False for the `.en` models, whose prompt names neither language nor task. */
  readonly isMultilingual: boolean;
  readonly startOfTranscript: number;
  /** Ids below this one are text. */
  readonly endOfText: number;
  /** Absent from some English-only tokenizers, as is `translate`. */
  readonly transcribe: number | undefined;
  readonly translate: number | undefined;
  readonly startOfLm: number | undefined;
  readonly startOfPrevious: number;
  readonly noSpeech: number;
  readonly noTimestamps: number;
  /** 0 s; the ids after it count in steps of 20 ms. */
  readonly timestampBegin: number;
  /** 30 s. */
  readonly timestampEnd: number;
  /** Language code to id; empty for an English-only model. */
  readonly languages: ReadonlyMap<string, number>;
}

/** Fields of a model's generation_config.json, which name what its tokenizer does not. */
export interface WhisperGenerationConfig {
  readonly is_multilingual?: boolean;
  readonly no_timestamps_token_id?: number;
  readonly prev_sot_token_id?: number;
  /** `<|en|>` to id. */
  readonly lang_to_id?: Readonly<Record<string, number>>;
  /** `transcribe` and `translate` to id. */
  readonly task_to_id?: Readonly<Record<string, number>>;
}

export interface WhisperTokensOptions {
  /** Rows of the model's token embedding. It alone tells how many timestamps there are: CTranslate2's tokenizers lack them. */
  readonly vocabularySize: number;
  readonly generationConfig?: WhisperGenerationConfig;
}

/** From 0 to 30 s in steps of 20 ms, beside the one of 0 s. */
export const timestampSteps = 1500;
/** Of the first multilingual models; the English-only ones have one token less. */
const multilingualVocabularySize = 51865;

/** Throws `InvalidFormat` for a tokenizer that lacks one of Whisper's tokens, or a vocabulary too small for its timestamps. */
export function findSpecialTokens(
  tokenizer: Tokenizer,
  { vocabularySize, generationConfig = {} }: WhisperTokensOptions,
): WhisperSpecialTokens {
  const { lang_to_id: languageIds = {}, task_to_id: taskIds = {} } = generationConfig;
  const isMultilingual = generationConfig.is_multilingual ?? vocabularySize >= multilingualVocabularySize;
  const find: Find = (text, configured) => {
    const id = tokenizer.tokenId(text) ?? configured;
    if (id === undefined || (Number.isInteger(id) && id >= 0 && id < vocabularySize)) return id;
    throw invalidFormat(
      `The id of ${text} is ${id}, and the model has ${vocabularySize} tokens. The tokenizer belongs to another model.`,
    );
  };
  const demand = (text: string, configured?: number) => {
    const id = find(text, configured);
    if (id !== undefined) return id;
    throw invalidFormat(`The tokenizer has no token ${text}. It is not Whisper's, or its file is incomplete.`);
  };
  const findTask = isMultilingual ? demand : find;
  const noTimestamps = demand('<|notimestamps|>', generationConfig.no_timestamps_token_id);
  const timestampBegin = noTimestamps + 1;
  const timestampEnd = timestampBegin + timestampSteps;
  if (timestampEnd >= vocabularySize) {
    throw invalidFormat(
      `The model's vocabulary has ${vocabularySize} tokens; with <|notimestamps|> at ${noTimestamps} it must have at least ${timestampEnd + 1}. The tokenizer belongs to another model.`,
    );
  }
  return {
    isMultilingual,
    startOfTranscript: demand('<|startoftranscript|>'),
    endOfText: demand('<|endoftext|>'),
    transcribe: findTask('<|transcribe|>', taskIds.transcribe),
    translate: findTask('<|translate|>', taskIds.translate),
    startOfLm: find('<|startoflm|>'),
    startOfPrevious: demand('<|startofprev|>', generationConfig.prev_sot_token_id),
    // Tokenizers written before large-v3 use the second name.
    noSpeech: find('<|nospeech|>') ?? demand('<|nocaptions|>'),
    noTimestamps,
    timestampBegin,
    timestampEnd,
    languages: isMultilingual ? findLanguages(find, languageIds) : new Map(),
  };
}

type Find = (text: string, configured?: number) => number | undefined;

/** Those of Whisper's list that the tokenizer has, and those that a fine-tuned model's configuration adds. */
function findLanguages(find: Find, configured: Readonly<Record<string, number>>): ReadonlyMap<string, number> {
  const written = Object.keys(configured).flatMap((text) => /^<\|(.+)\|>$/.exec(text)?.[1] ?? []);
  const languages = new Map<string, number>();
  for (const code of new Set([...languageNames.keys(), ...written])) {
    const text = `<|${code}|>`;
    const id = find(text, configured[text]);
    if (id !== undefined) languages.set(code, id);
  }
  if (languages.size > 0) return languages;
  throw invalidFormat('The model is multilingual, and its tokenizer has no language token such as <|en|>.');
}

function invalidFormat(message: string): FerrumError {
  return new FerrumError('InvalidFormat', message);
}
