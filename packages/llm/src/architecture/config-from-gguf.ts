import { describeIssue, wholeNumber } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import type { DecoderConfig } from './decoder-config.js';
import { checkDecoderConfig, checkRotarySize, unsupportedArchitecture } from './supported.js';

const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
const size = v.pipe(wholeNumber, v.minValue(1));
/** Looked at from outside only: a vocabulary is long. */
const list = v.custom<{ readonly length: number }>(
  (value) => typeof value === 'object' && value !== null && 'length' in value && Number(value.length) > 0,
  'must be a list that is not empty',
);

/**
 * Reads the shape of a decoder from GGUF metadata.
 * @throws FerrumError `Unsupported` for another architecture or rotary scaling, `InvalidFormat` for missing or absurd values.
 */
export function configFromGguf(
  metadata: ReadonlyMap<string, unknown>,
  tensorNames: ReadonlySet<string>,
): DecoderConfig {
  const architecture = read(metadata, 'general.architecture', v.string());
  // Mistral's files say llama too: llama.cpp converts it as one.
  if (architecture !== 'llama') throw unsupportedArchitecture(architecture);
  const key = (name: string) => `${architecture}.${name}`;
  const hiddenSize = read(metadata, key('embedding_length'), size);
  const heads = read(metadata, key('attention.head_count'), size);
  const experts = read(metadata, key('expert_count'), v.optional(v.number()));
  if (experts) {
    throw new FerrumError('Unsupported', 'This is a mixture-of-experts model; only dense Llama models can be opened.');
  }
  const factor =
    read(metadata, key('rope.scaling.factor'), v.optional(positive)) ??
    read(metadata, key('rope.scale_linear'), v.optional(positive));
  // A file that gives only the factor means linear scaling, as llama.cpp reads it.
  const scalingType = read(metadata, key('rope.scaling.type'), v.optional(v.string(), factor ? 'linear' : 'none'));
  if (scalingType !== 'none' && scalingType !== 'linear') {
    throw new FerrumError('Unsupported', `Rotary scaling "${scalingType}" is not supported; linear scaling is.`);
  }
  if (scalingType === 'linear' && factor === undefined) {
    throw new FerrumError('InvalidFormat', 'The model asks for linear rotary scaling but gives no factor.');
  }
  const headDim = read(metadata, key('attention.key_length'), v.optional(size, Math.floor(hiddenSize / heads)));
  checkRotarySize(read(metadata, key('rope.dimension_count'), v.optional(size, headDim)), headDim);
  const slidingWindow = read(metadata, key('attention.sliding_window'), v.optional(size));
  return checkDecoderConfig({
    architecture,
    vocabularySize:
      read(metadata, key('vocab_size'), v.optional(size)) ?? read(metadata, 'tokenizer.ggml.tokens', list).length,
    hiddenSize,
    intermediateSize: read(metadata, key('feed_forward_length'), size),
    layers: read(metadata, key('block_count'), size),
    heads,
    kvHeads: read(metadata, key('attention.head_count_kv'), v.optional(size, heads)),
    headDim,
    normEpsilon: read(metadata, key('attention.layer_norm_rms_epsilon'), positive),
    rotary: {
      theta: read(metadata, key('rope.freq_base'), v.optional(positive, 10000)),
      ...(scalingType === 'linear' && factor ? { scaling: { type: 'linear', factor } } : {}),
    },
    contextLength: read(metadata, key('context_length'), size),
    ...(slidingWindow === undefined ? {} : { slidingWindow }),
    tiedEmbeddings: !tensorNames.has('output.weight'),
  });
}

function read<Schema extends v.GenericSchema>(
  metadata: ReadonlyMap<string, unknown>,
  key: string,
  schema: Schema,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, metadata.get(key));
  if (result.success) return result.output;
  const { message } = describeIssue(result.issues);
  throw new FerrumError('InvalidFormat', `GGUF metadata "${key}": ${message}.`, { details: { key } });
}
