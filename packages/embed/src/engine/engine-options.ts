import { availableParallelism } from 'node:os';
import { describeIssue, wholeNumber } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import { type PoolingMode, poolingModes } from '../architecture/pooling.js';
import { promptsByName } from '../model/sentence-settings.js';

const atLeastOne = v.pipe(wholeNumber, v.minValue(1));

const sharedEntries = {
  threads: v.optional(v.pipe(atLeastOne, v.maxValue(1024)), availableParallelism),
  quantization: v.optional(v.picklist(['float32', 'int8']), 'float32'),
  libraryPath: v.optional(v.pipe(v.string(), v.minLength(1))),
  maxSequenceLength: v.optional(v.pipe(wholeNumber, v.minValue(3))),
  maxBatchTokens: v.optional(atLeastOne, 2048),
  maxQueuedTokens: v.optional(atLeastOne, 262_144),
  drainTimeoutMs: v.optional(v.pipe(v.number(), v.finite(), v.minValue(0)), 5000),
};
const rerankSchema = v.strictObject(sharedEntries);
const embedSchema = v.strictObject({
  ...sharedEntries,
  pooling: v.optional(v.picklist(poolingModes)),
  normalize: v.optional(v.boolean()),
  prompts: v.optional(promptsByName),
  maxImagePixels: v.optional(atLeastOne, 100_000_000),
  maxImageBytes: v.optional(atLeastOne, 64 * 1024 * 1024),
  allowSvg: v.optional(v.boolean(), false),
});

/** What `host.resolve('reranking', { options })` accepts. */
export interface RerankEngineOptions {
  /** Threads that compute. Default: one per core. */
  readonly threads?: number;
  /**
   * How linear layers are stored and multiplied. `int8`: 8 bits, activations rounded row by row; refused for a model whose
   * results it would change too much, which is measured when the model is converted. Default `float32`.
   */
  readonly quantization?: 'float32' | 'int8';
  /** Another build of the ONNX Runtime library. Default: the one that onnxruntime-node carries. */
  readonly libraryPath?: string;
  /** The longest text in tokens, special tokens included; at most what the model reads. Default: as the model says. */
  readonly maxSequenceLength?: number;
  /** Tokens of one run, padding included; one longer text makes a run of its own. Default 2048. */
  readonly maxBatchTokens?: number;
  /** Tokens that may wait, over all callers; a call that comes when they do is refused with `ResourceExhausted`. Default 262144. */
  readonly maxQueuedTokens?: number;
  /** How long `shutdown` lets calls go on, in ms. Default 5000. */
  readonly drainTimeoutMs?: number;
}

/** What `host.resolve('embedding', { options })` accepts. */
export interface EmbedEngineOptions extends RerankEngineOptions {
  /** In place of what the model's files say, or where they say nothing (then `mean`). Not of models of texts and images. */
  readonly pooling?: PoolingMode;
  /** Whether vectors are brought to length 1, in place of what the model's files say. Not of models of texts and images. */
  readonly normalize?: boolean;
  /** Prompts by name, beside and before those of the model. */
  readonly prompts?: Readonly<Record<string, string>>;
  /** Of an image; a larger one is refused before it is decoded. Default 100 million. Models of texts have no options of images. */
  readonly maxImagePixels?: number;
  /** Of an image file. Default 64 MiB. */
  readonly maxImageBytes?: number;
  /** Whether SVG images are drawn. Default false. */
  readonly allowSvg?: boolean;
}

export type CheckedRerankOptions = v.InferOutput<typeof rerankSchema>;
export type CheckedEmbedOptions = v.InferOutput<typeof embedSchema>;

/** @throws FerrumError `InvalidParameter` naming the option. */
export function parseEmbedOptions(options: Readonly<Record<string, unknown>>): CheckedEmbedOptions {
  return parse(embedSchema, options);
}

/** @throws FerrumError `InvalidParameter` naming the option. */
export function parseRerankOptions(options: Readonly<Record<string, unknown>>): CheckedRerankOptions {
  return parse(rerankSchema, options);
}

function parse<Schema extends v.GenericSchema>(
  schema: Schema,
  options: Readonly<Record<string, unknown>>,
): v.InferOutput<Schema> {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const result = v.safeParse(schema, given, { abortEarly: true });
  if (result.success) return result.output;
  const { field, message } = describeIssue(result.issues);
  throw invalidOption(field || 'options', `${field && `${field}: `}${message}`);
}

export function invalidOption(parameter: string, message: string): FerrumError {
  return new FerrumError('InvalidParameter', `Engine options of @ferrum/embed: ${message}.`, {
    details: { parameter },
  });
}
