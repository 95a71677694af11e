import { parseLanguage, vadSettings } from '@ferrum/audio';
import type {
  ClipRange,
  TranscribeOptions,
  TranscriptionStart,
  VadOptions,
  WorkProgressListener,
} from '@ferrum/interfaces';
import { describeIssue, wholeNumber } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';

/** Options of a call, checked, with their defaults. */
export interface TranscribeSettings {
  readonly language: string | undefined;
  readonly languageDetectionThreshold: number;
  readonly languageDetectionSegments: number;
  readonly multilingual: boolean;
  readonly task: 'transcribe' | 'translate';
  readonly wordTimestamps: boolean;
  readonly prependPunctuations: string | undefined;
  readonly appendPunctuations: string | undefined;
  readonly vadFilter: boolean;
  readonly vadParameters: VadOptions;
  readonly batchSize: number;
  readonly clipTimestamps: readonly ClipRange[];
  readonly beamSize: number;
  readonly bestOf: number;
  readonly patience: number;
  readonly lengthPenalty: number;
  readonly repetitionPenalty: number;
  readonly noRepeatNgramSize: number;
  readonly temperatures: readonly number[];
  readonly compressionRatioThreshold: number | null;
  readonly logProbThreshold: number | null;
  readonly noSpeechThreshold: number | null;
  readonly conditionOnPreviousText: boolean;
  readonly promptResetOnTemperature: number;
  readonly initialPrompt: string | readonly number[] | undefined;
  readonly prefix: string | undefined;
  readonly hotwords: string | undefined;
  readonly suppressBlank: boolean;
  readonly suppressTokens: readonly number[];
  readonly withoutTimestamps: boolean;
  readonly maxInitialTimestamp: number;
  readonly maxNewTokens: number | undefined;
  readonly hallucinationSilenceThreshold: number | undefined;
  readonly onStart: ((start: TranscriptionStart) => void) | undefined;
  readonly onProgress: WorkProgressListener | undefined;
  readonly signal: AbortSignal | undefined;
}

const finite = v.pipe(v.number(), v.finite());
const atLeastOne = v.pipe(wholeNumber, v.minValue(1));
const share = v.pipe(finite, v.minValue(0), v.maxValue(1));
const seconds = v.pipe(finite, v.minValue(0));
const temperature = v.pipe(finite, v.minValue(0), v.maxValue(10));
const tokenId = v.pipe(wholeNumber, v.minValue(0));
/** Rows of a search: more would only take memory. */
const rows = v.pipe(atLeastOne, v.maxValue(64));

const schema = v.strictObject({
  language: v.optional(v.pipe(v.string(), v.minLength(1))),
  languageDetectionThreshold: v.optional(share, 0.5),
  languageDetectionSegments: v.optional(atLeastOne, 1),
  multilingual: v.optional(v.boolean(), false),
  task: v.optional(v.picklist(['transcribe', 'translate']), 'transcribe'),
  wordTimestamps: v.optional(v.boolean(), false),
  prependPunctuations: v.optional(v.string()),
  appendPunctuations: v.optional(v.string()),
  vadFilter: v.optional(v.boolean(), false),
  vadParameters: v.optional(
    v.strictObject({
      threshold: v.exactOptional(share),
      negThreshold: v.exactOptional(share),
      minSpeechDurationMs: v.exactOptional(seconds),
      maxSpeechDurationSeconds: v.exactOptional(v.pipe(v.number(), v.gtValue(0))),
      minSilenceDurationMs: v.exactOptional(seconds),
      speechPadMs: v.exactOptional(seconds),
    }),
  ),
  batchSize: v.optional(v.pipe(atLeastOne, v.maxValue(1024)), 1),
  clipTimestamps: v.optional(v.array(v.strictObject({ start: seconds, end: v.exactOptional(seconds) }))),
  beamSize: v.optional(rows, 5),
  bestOf: v.optional(rows, 5),
  patience: v.optional(v.pipe(finite, v.gtValue(0), v.maxValue(100)), 1),
  lengthPenalty: v.optional(v.pipe(finite, v.minValue(-10), v.maxValue(10)), 1),
  repetitionPenalty: v.optional(v.pipe(finite, v.minValue(0.01), v.maxValue(100)), 1),
  noRepeatNgramSize: v.optional(v.pipe(wholeNumber, v.minValue(0)), 0),
  temperature: v.optional(
    v.union([temperature, v.pipe(v.array(temperature), v.minLength(1))]),
    [0, 0.2, 0.4, 0.6, 0.8, 1],
  ),
  compressionRatioThreshold: v.optional(v.nullable(v.pipe(finite, v.gtValue(0))), 2.4),
  logProbThreshold: v.optional(v.nullable(finite), -1),
  noSpeechThreshold: v.optional(v.nullable(share), 0.6),
  conditionOnPreviousText: v.optional(v.boolean(), true),
  promptResetOnTemperature: v.optional(v.pipe(finite, v.minValue(0)), 0.5),
  initialPrompt: v.optional(v.union([v.string(), v.array(tokenId)])),
  prefix: v.optional(v.string()),
  hotwords: v.optional(v.string()),
  suppressBlank: v.optional(v.boolean(), true),
  suppressTokens: v.optional(v.array(v.pipe(v.number(), v.integer(), v.minValue(-1))), [-1]),
  withoutTimestamps: v.optional(v.boolean()),
  maxInitialTimestamp: v.optional(v.pipe(seconds, v.maxValue(30))),
  maxNewTokens: v.optional(atLeastOne),
  hallucinationSilenceThreshold: v.optional(v.pipe(finite, v.gtValue(0))),
  onStart: v.optional(
    v.custom<(start: TranscriptionStart) => void>((value) => typeof value === 'function', 'Expected a function'),
  ),
  onProgress: v.optional(v.custom<WorkProgressListener>((value) => typeof value === 'function', 'Expected a function')),
  signal: v.optional(v.instance(AbortSignal)),
});

/** @throws FerrumError `InvalidParameter` naming the option. */
export function checkTranscribeOptions(options: TranscribeOptions, source: 'recorded' | 'live'): TranscribeSettings {
  const parsed = v.safeParse(schema, options, { abortEarly: true });
  if (!parsed.success) {
    const { field, message } = describeIssue(parsed.issues);
    throw invalid(field || 'options', `${field || 'options'}: ${message}`);
  }
  const { temperature: temperatures, vadParameters = {}, clipTimestamps = [], language, ...rest } = parsed.output;
  const isBatched = rest.batchSize > 1;
  const settings: TranscribeSettings = {
    ...rest,
    language: language === undefined ? undefined : parseLanguage(language),
    temperatures: typeof temperatures === 'number' ? [temperatures] : temperatures,
    vadParameters: isBatched
      ? { maxSpeechDurationSeconds: 30, minSilenceDurationMs: 160, ...vadParameters }
      : vadParameters,
    clipTimestamps,
    withoutTimestamps: rest.withoutTimestamps ?? isBatched,
    maxInitialTimestamp: rest.maxInitialTimestamp ?? (isBatched ? 0 : 1),
    prependPunctuations: rest.prependPunctuations,
    appendPunctuations: rest.appendPunctuations,
    initialPrompt: rest.initialPrompt,
    prefix: rest.prefix,
    hotwords: rest.hotwords,
    maxNewTokens: rest.maxNewTokens,
    hallucinationSilenceThreshold: rest.hallucinationSilenceThreshold,
    onStart: rest.onStart,
    onProgress: rest.onProgress,
    signal: rest.signal,
  };
  const hasVadParameters = parsed.output.vadParameters !== undefined;
  checkTogether(settings, hasVadParameters && source === 'recorded');
  if (source === 'live') refuseLive(settings);
  requireShortSpeech(settings, source);
  // Throws for values that are wrong together.
  vadSettings(settings.vadParameters);
  return settings;
}

function refuseLive({ clipTimestamps, batchSize, onStart, onProgress, vadFilter }: TranscribeSettings): void {
  const given = [
    ['clipTimestamps', clipTimestamps.length > 0],
    ['batchSize', batchSize > 1],
    ['vadFilter', vadFilter],
    ['onStart', onStart !== undefined],
    ['onProgress', onProgress !== undefined],
  ] as const;
  const wrong = given.find(([, isGiven]) => isGiven)?.[0];
  if (wrong === undefined) return;
  const why =
    wrong === 'vadFilter' ? 'which is always divided at its silences (see vadParameters)' : 'whose end is not known';
  throw invalid(wrong, `${wrong} cannot be used with live audio, ${why}`);
}

/** What is longer than a window of the model would be cut off. */
function requireShortSpeech(
  { vadParameters: { maxSpeechDurationSeconds = 0 }, batchSize }: TranscribeSettings,
  source: 'recorded' | 'live',
): void {
  const longest = source === 'live' ? 28 : batchSize > 1 ? 30 : Number.POSITIVE_INFINITY;
  if (maxSpeechDurationSeconds <= longest) return;
  const what = source === 'live' ? 'of live audio' : 'with a batchSize above 1';
  throw invalid(
    'maxSpeechDurationSeconds',
    `maxSpeechDurationSeconds: ${maxSpeechDurationSeconds} is more than the ${longest} s that are possible ${what}`,
  );
}

/** What no option is wrong in by itself. */
function checkTogether(settings: TranscribeSettings, hasVadParameters: boolean): void {
  const { batchSize, vadFilter, clipTimestamps, prefix, hotwords, wordTimestamps } = settings;
  if (batchSize > 1 && !vadFilter) {
    throw invalid(
      'batchSize',
      `batchSize: ${batchSize} needs vadFilter: true, which finds what to transcribe side by side`,
    );
  }
  if (hasVadParameters && !vadFilter) throw invalid('vadParameters', 'vadParameters: set vadFilter: true to use them');
  if (vadFilter && clipTimestamps.length > 0) {
    throw invalid('clipTimestamps', 'clipTimestamps excludes vadFilter: give one of the two');
  }
  if (prefix !== undefined && hotwords !== undefined) {
    throw invalid('hotwords', 'hotwords excludes prefix: give one of the two');
  }
  if (batchSize > 1 && prefix !== undefined) {
    throw invalid('prefix', 'prefix: with a batchSize above 1 no window is the first; leave it out');
  }
  if (settings.hallucinationSilenceThreshold !== undefined && (!wordTimestamps || batchSize > 1)) {
    throw invalid(
      'hallucinationSilenceThreshold',
      'hallucinationSilenceThreshold needs wordTimestamps: true and a batchSize of 1',
    );
  }
  let previousEnd = 0;
  for (const [index, { start, end }] of clipTimestamps.entries()) {
    if (start < previousEnd)
      throw invalid('clipTimestamps', `clipTimestamps[${index}] starts before the one before it ends`);
    if (end !== undefined && end <= start) {
      throw invalid('clipTimestamps', `clipTimestamps[${index}] ends at ${end} s, but starts at ${start} s`);
    }
    if (end === undefined && index < clipTimestamps.length - 1) {
      throw invalid('clipTimestamps', `clipTimestamps[${index}] has no end; only the last may go on to the end`);
    }
    previousEnd = end ?? Number.POSITIVE_INFINITY;
  }
}

function invalid(parameter: string, message: string): FerrumError {
  return new FerrumError('InvalidParameter', `${message}.`, { details: { parameter } });
}
