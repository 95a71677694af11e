import { describeIssue, wholeNumber } from '@ferrum/models';
import type { RotaryScaling } from '@ferrum/onnx';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import type { DecoderConfig } from '../architecture/decoder-config.js';

const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
const size = v.pipe(wholeNumber, v.minValue(1));
const flags = v.pipe(v.array(v.boolean()), v.readonly());
/** Looked at from outside only: a vocabulary is long. */
const list = v.custom<{ readonly length: number }>(
  (value) => typeof value === 'object' && value !== null && 'length' in value && Number(value.length) > 0,
  'must be a list that is not empty',
);

/** What divides each frequency of a longrope model, [rotated elements / 2]: two tensors of its file. */
export interface LongRopeFactors {
  readonly short: readonly number[];
  readonly long: readonly number[];
}

/** A GGUF file's metadata, read by key. */
export class GgufMetadata {
  readonly architecture: string;

  constructor(
    private readonly metadata: ReadonlyMap<string, unknown>,
    private readonly tensorNames: ReadonlySet<string>,
    readonly longRopeFactors?: LongRopeFactors,
  ) {
    this.architecture = this.readKey('general.architecture', v.string());
  }

  /** A value under the architecture's name. @throws FerrumError `InvalidFormat` when it is not as the schema says. */
  read<Schema extends v.GenericSchema>(name: string, schema: Schema): v.InferOutput<Schema> {
    return this.readKey(`${this.architecture}.${name}`, schema);
  }

  number(name: string): number | undefined {
    return this.read(name, v.optional(positive));
  }

  size(name: string): number | undefined {
    return this.read(name, v.optional(size));
  }

  hasTensor(name: string): boolean {
    return this.tensorNames.has(name);
  }

  readKey<Schema extends v.GenericSchema>(key: string, schema: Schema): v.InferOutput<Schema> {
    const result = v.safeParse(schema, this.metadata.get(key));
    if (result.success) return result.output;
    const { message } = describeIssue(result.issues);
    throw new FerrumError('InvalidFormat', `GGUF metadata "${key}": ${message}.`, { details: { key } });
  }
}

/** Reads what all architectures have in common. @throws FerrumError as `configFromGguf` does. */
export function readGguf(metadata: GgufMetadata): DecoderConfig {
  const required = (name: string): number => metadata.read(name, size);
  const hiddenSize = required('embedding_length');
  const heads = required('attention.head_count');
  const headDim = metadata.size('attention.key_length') ?? Math.floor(hiddenSize / heads);
  const rotated = metadata.size('rope.dimension_count') ?? headDim;
  // 0 says that there is none (Phi-4).
  const slidingWindow = metadata.read('attention.sliding_window', v.optional(wholeNumber, 0));
  const contextLength = required('context_length');
  const scaling = scalingOf(metadata, contextLength);
  return {
    architecture: metadata.architecture,
    vocabularySize: metadata.size('vocab_size') ?? metadata.readKey('tokenizer.ggml.tokens', list).length,
    hiddenSize,
    intermediateSize: required('feed_forward_length'),
    layers: required('block_count'),
    heads,
    kvHeads: metadata.size('attention.head_count_kv') ?? heads,
    headDim,
    normEpsilon: metadata.read('attention.layer_norm_rms_epsilon', positive),
    rotary: {
      theta: metadata.number('rope.freq_base') ?? 10000,
      ...(scaling ? { scaling } : {}),
      ...(rotated === headDim ? {} : { dimensions: rotated }),
    },
    contextLength,
    ...(slidingWindow === 0 ? {} : { slidingWindow }),
    tiedEmbeddings: !metadata.hasTensor('output.weight'),
  };
}

/** @param normalized whether the weights of a token's experts sum to 1. */
export function readGgufExperts(metadata: GgufMetadata, normalized: boolean): Pick<DecoderConfig, 'experts'> {
  const count = metadata.read('expert_count', v.optional(wholeNumber, 0));
  if (count === 0) return {};
  return {
    experts: {
      count,
      active: metadata.read('expert_used_count', size),
      intermediateSize: metadata.size('expert_feed_forward_length') ?? metadata.read('feed_forward_length', size),
      normalized,
    },
  };
}

/**
 * Which layers slide: all but each last of a period, by `attention.sliding_window_pattern` where the file has it.
 * @param period of files that do not say
 */
export function slidingFromGguf(
  metadata: GgufMetadata,
  { layers, slidingWindow }: DecoderConfig,
  period: number,
): Pick<DecoderConfig, 'slidingLayers'> {
  if (slidingWindow === undefined) return {};
  const pattern = metadata.read('attention.sliding_window_pattern', v.optional(v.union([size, flags]), period));
  if (typeof pattern === 'number') {
    return { slidingLayers: Array.from({ length: layers }, (_, layer) => (layer + 1) % pattern !== 0) };
  }
  if (pattern.length === layers) return { slidingLayers: pattern };
  throw new FerrumError(
    'InvalidFormat',
    `GGUF metadata "${metadata.architecture}.attention.sliding_window_pattern" has ${pattern.length} entries for ${layers} layers.`,
  );
}

function scalingOf(metadata: GgufMetadata, contextLength: number): RotaryScaling | undefined {
  const factor = metadata.number('rope.scaling.factor') ?? metadata.number('rope.scale_linear');
  const type = metadata.read('rope.scaling.type', v.optional(v.string()));
  const originalContextLength = metadata.size('rope.scaling.original_context_length') ?? contextLength;
  const attentionFactor = metadata.number('rope.scaling.attn_factor');
  // The converter writes the factors of Phi-3's longrope, and no type.
  const { longRopeFactors } = metadata;
  if (longRopeFactors && (type === undefined || type === 'longrope')) {
    return {
      type: 'longrope',
      shortFactors: longRopeFactors.short,
      longFactors: longRopeFactors.long,
      originalContextLength,
      factor: contextLength / originalContextLength,
      ...(attentionFactor === undefined ? {} : { attentionFactor }),
    };
  }
  // A file that gives only the factor means linear scaling, as llama.cpp reads it.
  if (type === 'none' || (type === undefined && factor === undefined)) return undefined;
  const required = (): number => {
    if (factor !== undefined) return factor;
    throw new FerrumError('InvalidFormat', `The model asks for ${type} rotary scaling but gives no factor.`);
  };
  switch (type) {
    case undefined:
    case 'linear':
      return { type: 'linear', factor: required() };
    case 'yarn': {
      const [betaFast, betaSlow] = ['fast', 'slow'].map((name) => metadata.number(`rope.scaling.yarn_beta_${name}`));
      return {
        type,
        factor: required(),
        originalContextLength,
        ...(betaFast === undefined ? {} : { betaFast }),
        ...(betaSlow === undefined ? {} : { betaSlow }),
        // Unlike `attention_factor` of a config.json, this multiplies what YaRN itself says.
        ...(attentionFactor === undefined
          ? {}
          : { attentionFactor: attentionFactor * (1 + 0.1 * Math.log(Math.max(1, required()))) }),
      };
    }
    case 'longrope':
      throw new FerrumError(
        'InvalidFormat',
        'The model asks for longrope rotary scaling but lacks its tensors rope_factors_short.weight and rope_factors_long.weight.',
      );
    default:
      throw new FerrumError(
        'Unsupported',
        `Rotary scaling "${type}" is not supported; linear, yarn and longrope are.`,
        { details: { ropeType: type } },
      );
  }
}
