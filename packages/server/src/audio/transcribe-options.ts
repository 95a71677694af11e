import type { TranscribeOptions } from '@ferrum/interfaces';
import { badRequest } from '../http/api-error.js';
import type { TranscriptFormat, TranscriptionRequest, TranslationRequest } from './transcription-schema.js';

/** What a request asks for, in our words. */
export interface TranscriptionWish {
  readonly model: string;
  /** The path of the upload. */
  readonly file: string;
  readonly format: TranscriptFormat;
  readonly stream: boolean;
  /** Of verbose_json: which of its lists are sent. */
  readonly lists: { readonly segments: boolean; readonly words: boolean };
  readonly options: TranscribeOptions;
}

/** @throws FerrumError `RequestValidation` for fields that are wrong together, and for a format that cannot be had. */
export function transcriptionWish(fields: TranscriptionRequest): TranscriptionWish {
  const { response_format: format = 'json', stream = false, timestamp_granularities: granularities } = fields;
  if (format === 'diarized_json') {
    throw badRequest(
      'response_format',
      '`diarized_json`: nobody is told apart by voice here. Use verbose_json.',
      unsupported,
    );
  }
  if (stream && format !== 'json' && format !== 'text') {
    throw badRequest('stream', `\`stream\` is of json and text, not of ${format}. Leave one of the two out.`);
  }
  if (granularities !== undefined && format !== 'verbose_json') {
    const message = `\`timestamp_granularities\` is of verbose_json, not of ${format}. Set response_format: verbose_json, or leave it out.`;
    throw badRequest('timestamp_granularities', message);
  }
  const words = granularities?.includes('word') ?? false;
  const language = languageOf(fields);
  return {
    ...{ model: fields.model, file: fields.file, format, stream },
    lists: { words, segments: granularities?.includes('segment') ?? true },
    options: {
      ...commonOptions(fields),
      ...(language !== undefined && { language }),
      ...(words && { wordTimestamps: true }),
      ...(fields.keywords !== undefined && { hotwords: fields.keywords.join(', ') }),
      ...vadOptions(fields.chunking_strategy),
    },
  };
}

export function translationWish(fields: TranslationRequest): TranscriptionWish {
  const { language } = fields;
  return {
    ...{ model: fields.model, file: fields.file, format: fields.response_format ?? 'json', stream: false },
    lists: { segments: true, words: false },
    options: { ...commonOptions(fields), ...(language !== undefined && { language }), task: 'translate' },
  };
}

const unsupported = 'unsupported_parameter';

/** At a temperature of 0 the engine's own default goes upwards where a text fails, as OpenAI's does. */
function commonOptions({
  prompt,
  temperature = 0,
  multilingual,
}: Pick<TranslationRequest, 'prompt' | 'temperature' | 'multilingual'>): TranscribeOptions {
  return {
    ...(prompt && { initialPrompt: prompt }),
    ...(temperature > 0 && { temperature }),
    ...(multilingual && { multilingual }),
  };
}

function languageOf({ language, languages }: TranscriptionRequest): string | undefined {
  if (language !== undefined && languages !== undefined) {
    throw badRequest('languages', 'Give `language` or `languages`, not both.');
  }
  return language ?? languages?.[0];
}

/** OpenAI's defaults where a part of `server_vad` is left out. */
function vadOptions(strategy: TranscriptionRequest['chunking_strategy']): TranscribeOptions {
  if (strategy === undefined) return {};
  if (strategy === 'auto') return { vadFilter: true };
  const { threshold = 0.5, prefix_padding_ms = 300, silence_duration_ms = 200 } = strategy;
  return {
    vadFilter: true,
    vadParameters: { threshold, speechPadMs: prefix_padding_ms, minSilenceDurationMs: silence_duration_ms },
  };
}
