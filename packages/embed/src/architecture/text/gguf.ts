import { describeIssue } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import type { PoolingMode } from '../pooling.js';
import { layerNames, type TextEncoderNames, thirds } from '../tensor-names.js';
import type { TextEncoderConfig } from '../text-encoder-config.js';
import { positive, size } from './config-values.js';
import { ggufTypes, unsupportedArchitecture } from './supported.js';

/** Names and keys as llama.cpp's converter (gguf-py `constants.py`) writes them. */
export interface GgufEncoder {
  readonly config: TextEncoderConfig;
  readonly names: TextEncoderNames;
  /** Absent where the file does not say. */
  readonly pooling?: PoolingMode;
  /** A cross-encoder. */
  readonly ranks: boolean;
}

type Metadata = ReadonlyMap<string, unknown>;

/** @throws FerrumError `Unsupported` for another architecture, `InvalidFormat` for missing or absurd values. */
export function readGgufEncoder(metadata: Metadata, has: (tensor: string) => boolean): GgufEncoder {
  const architecture = read(metadata, 'general.architecture', v.string());
  if (!ggufTypes.includes(architecture)) throw unsupportedArchitecture(architecture);
  const key = (name: string) => `${architecture}.${name}`;
  const isNomic = architecture === 'nomic-bert';
  const layers = read(metadata, key('block_count'), size);
  const theta = isNomic ? read(metadata, key('rope.freq_base'), v.optional(positive, 1000)) : undefined;
  const isCausal = read(metadata, key('attention.causal'), v.optional(v.boolean(), false));
  if (isCausal) throw new FerrumError('Unsupported', `${key('attention.causal')}: true is not supported here.`);
  const experts = read(metadata, key('expert_count'), v.optional(v.number(), 0));
  if (experts > 0) throw new FerrumError('Unsupported', `A mixture of ${experts} experts is not supported.`);
  const types = read(metadata, 'tokenizer.ggml.token_type_count', v.optional(size, 2));
  const config: TextEncoderConfig = {
    architecture,
    vocabularySize: read(metadata, 'tokenizer.ggml.tokens', list).length,
    hiddenSize: read(metadata, key('embedding_length'), size),
    heads: read(metadata, key('attention.head_count'), size),
    intermediateSize: read(metadata, key('feed_forward_length'), size),
    activation: isNomic ? 'silu' : 'gelu',
    isGated: isNomic,
    normEpsilon: read(metadata, key('attention.layer_norm_epsilon'), positive),
    hasBiases: !isNomic,
    normPlacement: 'after',
    isCausal: false,
    layers: Array.from({ length: layers }, () => (theta === undefined ? {} : { rotaryTheta: theta })),
    maxTokens: read(metadata, key('context_length'), size),
    ...(isNomic ? {} : { firstPosition: 0 }),
    tokenTypes: has('token_types.weight') ? types : 0,
  };
  const pooling = read(metadata, key('pooling_type'), v.optional(v.number(), -1));
  const mode = poolingModes.get(pooling);
  return {
    config,
    names: isNomic ? nomicNames : bertNames,
    ...(mode ? { pooling: mode } : {}),
    ranks: pooling === rank,
  };
}

/** `llama_pooling_type` of llama.h. */
const poolingModes: ReadonlyMap<number, PoolingMode> = new Map([
  [1, 'mean'],
  [2, 'cls'],
  [3, 'lasttoken'],
]);
const rank = 4;

/** Looked at from outside only: a vocabulary is long. */
const list = v.custom<{ readonly length: number }>(
  (value) => typeof value === 'object' && value !== null && 'length' in value && Number(value.length) > 0,
  'must be a list that is not empty',
);

function read<Schema extends v.GenericSchema>(metadata: Metadata, key: string, schema: Schema): v.InferOutput<Schema> {
  const result = v.safeParse(schema, metadata.get(key));
  if (result.success) return result.output;
  const { message } = describeIssue(result.issues);
  throw new FerrumError('InvalidFormat', `GGUF metadata "${key}": ${message}.`, { details: { key } });
}

const layerParts = {
  query: 'attn_q',
  key: 'attn_k',
  value: 'attn_v',
  attentionOutput: 'attn_output',
  attentionNorm: 'attn_output_norm',
  up: 'ffn_up',
  down: 'ffn_down',
  feedForwardNorm: 'layer_output_norm',
} as const;

const bertNames: TextEncoderNames = {
  words: 'token_embd',
  positions: 'position_embd',
  tokenTypes: 'token_types',
  embeddingNorm: 'token_embd_norm',
  layer: (index) => layerNames(`blk.${index}`, layerParts),
};

const nomicNames: TextEncoderNames = {
  words: 'token_embd',
  tokenTypes: 'token_types',
  embeddingNorm: 'token_embd_norm',
  layer: (index) => {
    const plain = layerNames(`blk.${index}`, { ...layerParts, gate: 'ffn_gate' });
    const [query, key, value] = thirds(`blk.${index}.attn_qkv`);
    return { ...plain, query, key, value };
  },
};
