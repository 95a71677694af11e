import { availableParallelism } from 'node:os';
import type { SchedulingPolicy } from '@ferrum/interfaces';
import { describeIssue } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import { adapterName } from '../lora/adapter-name.js';
import { dictionary } from './dictionary.js';
import { atLeastOne, batchedTokensProblem, optionRanges as ranges } from './option-ranges.js';

const schema = v.strictObject({
  threads: v.optional(v.pipe(atLeastOne, v.maxValue(1024))),
  contextLength: v.optional(atLeastOne),
  quantization: v.optional(v.picklist(['exact', 'int8', 'int4', 'float32'])),
  graphFile: v.optional(v.pipe(v.string(), v.minLength(1))),
  libraryPath: v.optional(v.pipe(v.string(), v.minLength(1))),
  maxRunningRequests: v.optional(ranges.maxRunningRequests, 32),
  maxWaitingRequests: v.optional(ranges.maxWaitingRequests, 1000),
  policy: v.optional(ranges.policy, 'priority'),
  priorityAgingMs: v.optional(ranges.priorityAgingMs, 5000),
  enablePreemption: v.optional(ranges.enablePreemption, true),
  fairShareWeights: v.optional(ranges.fairShareWeights, {}),
  maxBatchedTokens: v.optional(ranges.maxBatchedTokens, 2048),
  prefillChunk: v.optional(ranges.prefillChunk, 256),
  activeDecodePrefillChunk: v.optional(ranges.activeDecodePrefillChunk, 64),
  kvCacheBytes: v.optional(atLeastOne),
  fastPrefill: v.optional(v.boolean(), true),
  kvCacheType: v.optional(v.picklist(['float32', 'int8']), 'float32'),
  prefixCacheBytes: v.optional(ranges.prefixCacheBytes),
  blockSize: v.optional(v.pipe(atLeastOne, v.maxValue(4096)), 16),
  streamBuffer: v.optional(atLeastOne, 256),
  adapters: v.optional(
    dictionary(v.pipe(v.string(), v.minLength(1)), (name) =>
      v.is(adapterName, name) ? undefined : 'must be 1 to 128 letters, digits, `_`, `.` or `-`',
    ),
  ),
  maxImagePixels: v.optional(atLeastOne, 100_000_000),
  maxImageBytes: v.optional(atLeastOne, 64 * 1024 * 1024),
  drainTimeoutMs: v.optional(v.pipe(v.number(), v.finite(), v.minValue(0)), 5000),
});

/** What `host.resolve('text-generation', { options })` accepts. */
export interface LlmEngineOptions {
  /** Threads that compute. Default: one per core. */
  readonly threads?: number;
  /** Tokens of prompt and answer together. Default: what the model was trained for. Memory is taken as it is used. */
  readonly contextLength?: number;
  /**
   * How linear layers are stored. Default: `exact` for GGUF files (each type keeps its values, in 4 or 8 bits), `int8`
   * (blocks of 32) for safetensors. `int4` is for unquantised files only. Of ready-made ONNX graphs it chooses one that
   * lies in the folder; by default one of 4-bit blocks, else float32.
   */
  readonly quantization?: 'exact' | 'int8' | 'int4' | 'float32';
  /**
   * Whether prompts are read by a graph of their own, about twice as fast; it takes memory of about 1.1 to 1.8 times the
   * file of a 4-bit model. Default true; float32 storage has none.
   */
  readonly fastPrefill?: boolean;
  /** Which graph of a folder of ready-made ONNX files to open: `onnx/model_q4.onnx`. */
  readonly graphFile?: string;
  /** Another build of the ONNX Runtime library. Default: the one that onnxruntime-node carries. */
  readonly libraryPath?: string;
  /** Requests computed side by side, 1 to 256. Default 32. */
  readonly maxRunningRequests?: number;
  /** Requests that may wait; one more is refused with `ResourceExhausted`. Default 1000. */
  readonly maxWaitingRequests?: number;
  /** Who goes first. Default `priority`. */
  readonly policy?: SchedulingPolicy;
  /** After waiting so long a request counts as one priority higher (`sjf`: as half its size), in ms. Default 5000. */
  readonly priorityAgingMs?: number;
  /** Whether running requests may lose their place to more urgent ones, or for want of cache. Default true. */
  readonly enablePreemption?: boolean;
  /** Shares of clients under `fair-share`; 1 for clients not listed. Default `{}`. */
  readonly fairShareWeights?: Readonly<Record<string, number>>;
  /** Tokens computed in one step, over all requests; at least `maxRunningRequests`, and 3. Default 2048. */
  readonly maxBatchedTokens?: number;
  /** Prompt tokens of one request in one step, at least 3. Default 256. */
  readonly prefillChunk?: number;
  /** Prompt tokens of a step while other requests decode, at least 3: bounds what those wait for. Default 64. */
  readonly activeDecodePrefillChunk?: number;
  /** Memory for keys and values of running requests, in bytes. Default: a quarter of the machine's. */
  readonly kvCacheBytes?: number;
  /**
   * How keys and values are stored: `int8` takes a quarter of the memory and loses some quality, in steps that are measured
   * per channel on a text of ours when the model is first opened so. Default `float32`.
   */
  readonly kvCacheType?: 'float32' | 'int8';
  /**
   * Memory for keys and values of earlier prompts, in bytes; 0 turns the prefix cache off. Default: that of 4096 tokens, at
   * most 1/32 of the machine's.
   */
  readonly prefixCacheBytes?: number;
  /** Tokens of a block, the unit of both caches. Default 16. */
  readonly blockSize?: number;
  /** Chunks that a stream holds for its reader before the request waits for it. Default 256. */
  readonly streamBuffer?: number;
  /** LoRA adapters to open with the model: by the name that requests choose, a PEFT folder or a GGUF adapter. Default: none. */
  readonly adapters?: Readonly<Record<string, string>>;
  /** Width × height of an image; a larger one is refused before it is decoded. Default 100 million. */
  readonly maxImagePixels?: number;
  /** Of an image file. Default 64 MiB. */
  readonly maxImageBytes?: number;
  /** How long `shutdown` lets requests go on, in ms. Default 5000. */
  readonly drainTimeoutMs?: number;
}

type Defaulted =
  | 'threads'
  | 'maxRunningRequests'
  | 'maxWaitingRequests'
  | 'policy'
  | 'priorityAgingMs'
  | 'enablePreemption'
  | 'fairShareWeights'
  | 'maxBatchedTokens'
  | 'prefillChunk'
  | 'activeDecodePrefillChunk'
  | 'fastPrefill'
  | 'kvCacheType'
  | 'blockSize'
  | 'streamBuffer'
  | 'maxImagePixels'
  | 'maxImageBytes'
  | 'drainTimeoutMs';

export type CheckedEngineOptions = LlmEngineOptions & Required<Pick<LlmEngineOptions, Defaulted>>;

/** @throws FerrumError `InvalidParameter` naming the option. */
export function parseEngineOptions(options: Readonly<Record<string, unknown>>): CheckedEngineOptions {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const result = v.safeParse(schema, given, { abortEarly: true });
  if (!result.success) {
    const { field, message } = describeIssue(result.issues);
    throw invalidOption(field || 'options', `${field && `${field}: `}${message}`);
  }
  const { threads = availableParallelism(), ...checked } = result.output;
  const problem = batchedTokensProblem(checked.maxBatchedTokens, checked.maxRunningRequests);
  if (problem) throw invalidOption('maxBatchedTokens', `maxBatchedTokens: ${problem}`);
  return { ...checked, threads } as CheckedEngineOptions;
}

/** What the reference engine accepts: it runs one request at a time and keeps nothing between two. */
export type ReferenceEngineOptions = Pick<LlmEngineOptions, (typeof referenceFields)[number]> & {
  readonly threads: number;
};

const referenceFields = [
  'threads',
  'contextLength',
  'quantization',
  'graphFile',
  'fastPrefill',
  'libraryPath',
] as const;

/** @throws FerrumError `InvalidParameter` naming the option. */
export function parseReferenceOptions(options: Readonly<Record<string, unknown>>): ReferenceEngineOptions {
  const checked = parseEngineOptions(options);
  const other = Object.keys(options).find(
    (name) => options[name] !== undefined && !referenceFields.some((field) => field === name),
  );
  if (other !== undefined) {
    throw invalidOption(other, `${other}: the reference engine runs one request at a time and has no such option`);
  }
  const { threads, contextLength, quantization, graphFile, fastPrefill, libraryPath } = checked;
  return {
    threads,
    fastPrefill,
    ...(contextLength === undefined ? {} : { contextLength }),
    ...(quantization === undefined ? {} : { quantization }),
    ...(graphFile === undefined ? {} : { graphFile }),
    ...(libraryPath === undefined ? {} : { libraryPath }),
  };
}

export function invalidOption(parameter: string, message: string): FerrumError {
  return new FerrumError('InvalidParameter', `Engine options of @ferrum/llm: ${message}.`, { details: { parameter } });
}
