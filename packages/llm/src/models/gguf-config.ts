import { describeIssue, wholeNumber } from '@ferrum/models';
import type { RotaryScaling } from '@ferrum/onnx';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import type { DecoderConfig } from '../architecture/decoder-config.js';

const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
const size = v.pipe(wholeNumber, v.minValue(1));
/** Looked at from outside only: a vocabulary is long. */
const list = v.custom<{ readonly length: number }>(
  (value) => typeof value === 'object' && value !== null && 'length' in value && Number(value.length) > 0,
  'must be a list that is not empty',
);

/** A GGUF file's metadata, read by key. */
export class GgufMetadata {
  readonly architecture: string;

  constructor(
    private readonly metadata: ReadonlyMap<string, unknown>,
    private readonly tensorNames: ReadonlySet<string>,
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
  const slidingWindow = metadata.size('attention.sliding_window');
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
    ...(slidingWindow === undefined ? {} : { slidingWindow }),
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

function scalingOf(metadata: GgufMetadata, contextLength: number): RotaryScaling | undefined {
  const factor = metadata.number('rope.scaling.factor') ?? metadata.number('rope.scale_linear');
  // A file that gives only the factor means linear scaling, as llama.cpp reads it.
  const type = metadata.read('rope.scaling.type', v.optional(v.string(), factor ? 'linear' : 'none'));
  if (type === 'none') return undefined;
  const originalContextLength = metadata.size('rope.scaling.original_context_length') ?? contextLength;
  const required = (): number => {
    if (factor !== undefined) return factor;
    throw new FerrumError('InvalidFormat', `The model asks for ${type} rotary scaling but gives no factor.`);
  };
  switch (type) {
    case 'linear':
      return { type, factor: required() };
    case 'yarn': {
      const attentionFactor = metadata.number('rope.scaling.attn_factor');
      return {
        type,
        factor: required(),
        originalContextLength,
        ...(attentionFactor === undefined ? {} : { attentionFactor }),
      };
    }
    default:
      throw new FerrumError('Unsupported', `Rotary scaling "${type}" is not supported; linear and yarn are.`);
  }
}
