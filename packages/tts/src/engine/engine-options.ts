import { availableParallelism } from 'node:os';
import type { Phonemizer } from '@ferrum/interfaces';
import { describeIssue, wholeNumber } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';

/** What `host.resolve('speech', { options })` accepts. */
export interface TtsEngineOptions {
  /** Default: one for each core. */
  readonly threads?: number;
  /**
   * How the quantised convolutions of a Kokoro model are computed: `int8` as they are, about twice as fast; `float32` where
   * the processor does not multiply bytes exactly (x64 without VNNI), at four times the memory. Models without such convolutions take
   * no notice. Default: `int8` where it is exact.
   */
  readonly arithmetic?: 'int8' | 'float32';
  /** Another build of the ONNX Runtime library. Default: the one that onnxruntime-node carries. */
  readonly libraryPath?: string;
  /**
   * What turns text into phonemes: the model name of a phonemizer that a plugin of the host offers, or a phonemizer itself.
   * Opened beside the model. Default `espeak-ng`, which `@ferrum/plugin-espeak` offers.
   */
  readonly phonemizer?: string | Phonemizer;
  /** Calls at once; one more is refused with `ResourceExhausted`. Default 64. */
  readonly maxRequests?: number;
  /** How long `shutdown` lets calls go on, in ms. Default 5000. */
  readonly drainTimeoutMs?: number;
}

const atLeastOne = v.pipe(wholeNumber, v.minValue(1));
const text = v.pipe(v.string(), v.minLength(1));

const schema = v.strictObject({
  threads: v.optional(v.pipe(atLeastOne, v.maxValue(1024)), availableParallelism),
  arithmetic: v.optional(v.picklist(['int8', 'float32'])),
  libraryPath: v.optional(text),
  phonemizer: v.optional(
    v.union([text, v.custom<Phonemizer>(isPhonemizer)], 'must be a model name or a Phonemizer'),
    'espeak-ng',
  ),
  maxRequests: v.optional(atLeastOne, 64),
  drainTimeoutMs: v.optional(v.pipe(v.number(), v.finite(), v.minValue(0)), 5000),
});

export type CheckedEngineOptions = v.InferOutput<typeof schema>;

/** @throws FerrumError `InvalidParameter` naming the option. */
export function parseEngineOptions(options: Readonly<Record<string, unknown>>): CheckedEngineOptions {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const result = v.safeParse(schema, given, { abortEarly: true });
  if (result.success) return result.output;
  const { field, message } = describeIssue(result.issues);
  throw new FerrumError('InvalidParameter', `Engine options of @ferrum/tts: ${field && `${field}: `}${message}.`, {
    details: { parameter: field || 'options' },
  });
}

function isPhonemizer(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'phonemize' in value && typeof value.phonemize === 'function';
}
