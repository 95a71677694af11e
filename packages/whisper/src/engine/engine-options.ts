import { availableParallelism } from 'node:os';
import { describeIssue, wholeNumber } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';

/** What `host.resolve('transcription', { options })` accepts. */
export interface WhisperEngineOptions {
  /** Default: one for each core. */
  readonly threads?: number;
  /**
   * How the weights are kept and multiplied: `int8` is about twice as fast and takes a quarter of the memory. Default `int8`, but
   * `float32` on a processor that does not multiply bytes exactly (x64 without VNNI).
   */
  readonly quantization?: 'float32' | 'int8';
  /** Another build of the ONNX Runtime library. Default: the one that onnxruntime-node carries. */
  readonly libraryPath?: string;
  /** Windows of 30 s that are decoded at once, over all callers; memory is taken as they are used. Default 8. */
  readonly maxWindows?: number;
  /** Sequences that are decoded at once: each beam of each window is one. Default 5 for each window. */
  readonly maxBatchSize?: number;
  /** Calls at once; one more is refused with `ResourceExhausted`. Default 64. */
  readonly maxRequests?: number;
  /** Of a file or bytes; a larger one is refused before it is decoded. Default 2 GiB. */
  readonly maxAudioBytes?: number;
  /** Of audio, in seconds. Default: a day. */
  readonly maxAudioSeconds?: number;
  /** The voice activity detector that `vadFilter` and live audio use: a catalogue name, a source or a path. Default `silero-vad:v5`. */
  readonly vadModel?: string;
  /** How long `shutdown` lets calls go on, in ms. Default 5000. */
  readonly drainTimeoutMs?: number;
}

const atLeastOne = v.pipe(wholeNumber, v.minValue(1));
const text = v.pipe(v.string(), v.minLength(1));

const schema = v.strictObject({
  threads: v.optional(v.pipe(atLeastOne, v.maxValue(1024)), availableParallelism),
  quantization: v.optional(v.picklist(['float32', 'int8'])),
  libraryPath: v.optional(text),
  maxWindows: v.optional(v.pipe(atLeastOne, v.maxValue(256)), 8),
  maxBatchSize: v.optional(v.pipe(atLeastOne, v.maxValue(1024))),
  maxRequests: v.optional(atLeastOne, 64),
  maxAudioBytes: v.optional(atLeastOne, 2 * 1024 ** 3),
  maxAudioSeconds: v.optional(v.pipe(v.number(), v.finite(), v.gtValue(0)), 24 * 3600),
  vadModel: v.optional(text, 'silero-vad:v5'),
  drainTimeoutMs: v.optional(v.pipe(v.number(), v.finite(), v.minValue(0)), 5000),
});

export type CheckedEngineOptions = Omit<v.InferOutput<typeof schema>, 'maxBatchSize'> & {
  readonly maxBatchSize: number;
};

/** @throws FerrumError `InvalidParameter` naming the option. */
export function parseEngineOptions(options: Readonly<Record<string, unknown>>): CheckedEngineOptions {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const result = v.safeParse(schema, given, { abortEarly: true });
  if (result.success) {
    const { maxBatchSize = 5 * result.output.maxWindows } = result.output;
    return { ...result.output, maxBatchSize };
  }
  const { field, message } = describeIssue(result.issues);
  throw new FerrumError('InvalidParameter', `Engine options of @ferrum/whisper: ${field && `${field}: `}${message}.`, {
    details: { parameter: field || 'options' },
  });
}
