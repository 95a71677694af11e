import type { TranscribeOptions } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import { signalField } from '../call-options.js';
import { parse, withoutUndefined } from '../parse.js';
import type { FormFields } from './audio-form.js';

const finite = v.pipe(v.number(), v.finite('must be finite'));
const atLeastZero = v.pipe(finite, v.minValue(0, 'must be at least 0'));
const listener = <F>() => v.custom<F>((value) => typeof value === 'function', 'must be a function');

/** What a request can be sent. Lists of temperatures, say, it cannot. */
const schema = v.strictObject({
  language: v.optional(v.pipe(v.string(), v.minLength(1, 'is empty'))),
  task: v.optional(v.picklist(['transcribe', 'translate']), 'transcribe'),
  wordTimestamps: v.optional(v.boolean(), false),
  initialPrompt: v.optional(v.string()),
  temperature: v.optional(v.pipe(atLeastZero, v.maxValue(1, 'must be at most 1'))),
  hotwords: v.optional(v.string()),
  multilingual: v.optional(v.boolean(), false),
  vadFilter: v.optional(v.boolean(), false),
  vadParameters: v.optional(
    v.strictObject({
      threshold: v.optional(v.pipe(atLeastZero, v.maxValue(1, 'must be at most 1')), 0.5),
      minSilenceDurationMs: v.optional(atLeastZero, 2000),
      speechPadMs: v.optional(atLeastZero, 400),
    }),
  ),
  signal: signalField,
  onStart: v.optional(listener<NonNullable<TranscribeOptions['onStart']>>()),
  onProgress: v.optional(listener<NonNullable<TranscribeOptions['onProgress']>>()),
});

export type TranscribeSettings = v.InferOutput<typeof schema>;

/** @throws FerrumError `InvalidParameter`; `Unsupported` for what no server can be sent */
export function checkTranscribeOptions(options: TranscribeOptions): TranscribeSettings {
  const given = withoutUndefined(options);
  for (const [name, value] of Object.entries(given ?? {})) {
    const isNeutral = name in neutral && neutral[name] === value;
    if (isNeutral) delete (given as Record<string, unknown>)[name];
    else if (unsupported.has(name) || (lists.has(name) && Array.isArray(value))) throw notSent(name);
  }
  const settings = parse(schema, given, 'The options', 'InvalidParameter');
  // Of `/audio/translations`, the API has none.
  if (settings.task === 'translate' && settings.wordTimestamps) throw notSent('wordTimestamps', 'of a translation ');
  return settings;
}

/** The fields that say so. OpenAI's translations have no `language`; those of vLLM and Ferrum do. */
export function formFieldsOf(settings: TranscribeSettings, model: string): FormFields {
  const { language, task, wordTimestamps, initialPrompt, temperature, hotwords, multilingual } = settings;
  const { vadFilter, vadParameters } = settings;
  const fields: (readonly [string, string] | undefined)[] = [
    ['model', model],
    ['response_format', 'verbose_json'],
    language === undefined ? undefined : ['language', language],
    initialPrompt ? ['prompt', initialPrompt] : undefined,
    temperature === undefined ? undefined : ['temperature', String(temperature)],
    hotwords === undefined ? undefined : ['keywords[]', hotwords],
    multilingual ? ['multilingual', 'true'] : undefined,
  ];
  if (task === 'transcribe' && wordTimestamps) {
    fields.push(['timestamp_granularities[]', 'segment'], ['timestamp_granularities[]', 'word']);
  }
  if (vadFilter) fields.push(['chunking_strategy', vadParameters ? JSON.stringify(strategyOf(vadParameters)) : 'auto']);
  return fields.filter((field) => field !== undefined);
}

/** Names of OpenAI's. */
function strategyOf({
  threshold,
  speechPadMs,
  minSilenceDurationMs,
}: NonNullable<TranscribeSettings['vadParameters']>) {
  return {
    type: 'server_vad',
    threshold,
    prefix_padding_ms: speechPadMs,
    silence_duration_ms: minSilenceDurationMs,
  };
}

/** Values that change nothing. */
const neutral: Readonly<Record<string, unknown>> = { batchSize: 1, withoutTimestamps: false };

/** Fields whose lists cannot be sent, though one value can. */
const lists: ReadonlySet<string> = new Set(['temperature', 'initialPrompt']);

const unsupported: ReadonlySet<string> = new Set<keyof TranscribeOptions>([
  ...(['beamSize', 'bestOf', 'patience', 'lengthPenalty', 'repetitionPenalty', 'noRepeatNgramSize'] as const),
  ...(['compressionRatioThreshold', 'logProbThreshold', 'noSpeechThreshold', 'conditionOnPreviousText'] as const),
  ...(['promptResetOnTemperature', 'prefix', 'suppressBlank', 'suppressTokens', 'withoutTimestamps'] as const),
  ...(['maxInitialTimestamp', 'maxNewTokens', 'hallucinationSilenceThreshold', 'languageDetectionThreshold'] as const),
  ...(['languageDetectionSegments', 'prependPunctuations', 'appendPunctuations'] as const),
  ...(['batchSize', 'clipTimestamps'] as const),
]);

function notSent(parameter: string, when = ''): FerrumError {
  return new FerrumError(
    'Unsupported',
    `The API has no field for \`${parameter}\` ${when}as it is given; leave it out.`,
    {
      details: { parameter },
    },
  );
}
