import type { SubtitleOptions } from '@ferrum/audio';
import type { ClipRange, TranscribeOptions, VadOptions } from '@ferrum/interfaces';
import type { EngineFlags } from '../engine-flags.js';
import type { FormatChoice } from './transcription-formats.js';

/** The flags of `ferrum transcribe` as commander hands them over, in range already. */
export interface TranscribeFlags extends EngineFlags, SubtitleOptions, VadFlags {
  readonly model: string;
  readonly language?: string;
  readonly task?: 'transcribe' | 'translate';
  /** Without it text. */
  readonly format?: readonly FormatChoice[];
  readonly outputDir?: string;
  readonly wordTimestamps?: true;
  readonly vad?: true;
  readonly json?: true;

  readonly beamSize?: number;
  readonly bestOf?: number;
  readonly patience?: number;
  readonly lengthPenalty?: number;
  readonly repetitionPenalty?: number;
  readonly noRepeatNgramSize?: number;
  readonly temperature?: readonly number[];
  readonly compressionRatioThreshold?: number | 'none';
  readonly logprobThreshold?: number | 'none';
  readonly noSpeechThreshold?: number | 'none';
  readonly conditionOnPreviousText: boolean;
  readonly promptResetOnTemperature?: number;
  readonly initialPrompt?: string;
  readonly prefix?: string;
  readonly hotwords?: string;
  readonly suppressBlank: boolean;
  readonly suppressTokens?: readonly number[] | 'none';
  readonly withoutTimestamps?: true;
  readonly maxInitialTimestamp?: number;
  readonly maxNewTokens?: number;
  readonly hallucinationSilenceThreshold?: number;

  readonly multilingual?: true;
  readonly languageDetectionThreshold?: number;
  readonly languageDetectionSegments?: number;
  readonly prependPunctuations?: string;
  readonly appendPunctuations?: string;
  readonly clip?: readonly ClipRange[];
  readonly batchSize?: number;
}

interface VadFlags {
  readonly vadThreshold?: number;
  readonly vadNegThreshold?: number;
  readonly vadMinSpeechDurationMs?: number;
  readonly vadMaxSpeechDurationSeconds?: number;
  readonly vadMinSilenceDurationMs?: number;
  readonly vadSpeechPadMs?: number;
}

/** What the flags ask of a call; what is not given is left to the engine. */
export function transcribeOptionsOf(flags: TranscribeFlags): TranscribeOptions {
  const { temperature, logprobThreshold, suppressTokens, clip, conditionOnPreviousText, suppressBlank } = flags;
  const vadParameters = vadOptionsOf(flags);
  return given<TranscribeOptions>({
    language: flags.language,
    task: flags.task,
    wordTimestamps: needsWords(flags) || undefined,
    vadFilter: needsVad(flags) || undefined,
    vadParameters: Object.keys(vadParameters).length > 0 ? vadParameters : undefined,
    beamSize: flags.beamSize,
    bestOf: flags.bestOf,
    patience: flags.patience,
    lengthPenalty: flags.lengthPenalty,
    repetitionPenalty: flags.repetitionPenalty,
    noRepeatNgramSize: flags.noRepeatNgramSize,
    temperature,
    compressionRatioThreshold: orNull(flags.compressionRatioThreshold),
    logProbThreshold: orNull(logprobThreshold),
    noSpeechThreshold: orNull(flags.noSpeechThreshold),
    conditionOnPreviousText: conditionOnPreviousText ? undefined : false,
    promptResetOnTemperature: flags.promptResetOnTemperature,
    initialPrompt: flags.initialPrompt,
    prefix: flags.prefix,
    hotwords: flags.hotwords,
    suppressBlank: suppressBlank ? undefined : false,
    suppressTokens: suppressTokens === 'none' ? [] : suppressTokens,
    withoutTimestamps: flags.withoutTimestamps,
    maxInitialTimestamp: flags.maxInitialTimestamp,
    maxNewTokens: flags.maxNewTokens,
    hallucinationSilenceThreshold: flags.hallucinationSilenceThreshold,
    multilingual: flags.multilingual,
    languageDetectionThreshold: flags.languageDetectionThreshold,
    languageDetectionSegments: flags.languageDetectionSegments,
    prependPunctuations: flags.prependPunctuations,
    appendPunctuations: flags.appendPunctuations,
    clipTimestamps: clip,
    batchSize: flags.batchSize,
  });
}

/** How subtitles are laid out; empty without such a flag. */
export function subtitleOptionsOf(flags: TranscribeFlags): SubtitleOptions {
  const { maxLineWidth, maxLineCount, maxWordsPerLine, highlightWords } = flags;
  return given<SubtitleOptions>({ maxLineWidth, maxLineCount, maxWordsPerLine, highlightWords });
}

/** A flag or format that needs the times of words asks for them. */
export function needsWords(flags: TranscribeFlags): boolean {
  return (
    flags.wordTimestamps === true ||
    flags.format?.includes('word-vtt') === true ||
    flags.hallucinationSilenceThreshold !== undefined ||
    Object.keys(subtitleOptionsOf(flags)).length > 0
  );
}

/** A flag that needs voice activity detection asks for it. */
export function needsVad(flags: TranscribeFlags): boolean {
  const { vad, batchSize = 1 } = flags;
  return vad === true || batchSize > 1 || Object.keys(vadOptionsOf(flags)).length > 0;
}

function vadOptionsOf(flags: VadFlags): VadOptions {
  return given<VadOptions>({
    threshold: flags.vadThreshold,
    negThreshold: flags.vadNegThreshold,
    minSpeechDurationMs: flags.vadMinSpeechDurationMs,
    maxSpeechDurationSeconds: flags.vadMaxSpeechDurationSeconds,
    minSilenceDurationMs: flags.vadMinSilenceDurationMs,
    speechPadMs: flags.vadSpeechPadMs,
  });
}

function orNull<T>(value: T | 'none' | undefined): T | null | undefined {
  return value === 'none' ? null : value;
}

/** Leaves out what is undefined. */
function given<T extends object>(values: { readonly [Name in keyof T]: T[Name] | undefined }): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}
