import { type Dimension, formatShape } from '../dimension.js';
import type { NodeInference } from '../node-inference.js';
import {
  type AttributeRule,
  contribFloatTypes,
  flag,
  float,
  input,
  int,
  type OperatorSchema,
  optionalInput,
} from './schema.js';

const quantization: AttributeRule = { kind: 'string', values: ['NONE', 'PER_TENSOR', 'PER_CHANNEL'] };

/**
 * Grouped-query attention (Ainslie et al. 2023) with its key/value cache, rotary embedding inside. Query is
 * [batch, tokens, heads × headDim] beside key and value [batch, tokens, kvHeads × headDim], or holds all three; the cache is
 * [batch, kvHeads, capacity, headDim]. The present outputs are required: see `findDroppedPresentOutputs`.
 */
export const groupQueryAttention: OperatorSchema = {
  name: 'GroupQueryAttention',
  domain: 'com.microsoft',
  inputs: [
    input('query', 'T', 3),
    optionalInput('key', 'T', 3),
    optionalInput('value', 'T', 3),
    optionalInput('past_key', 'T_CACHE', 4),
    optionalInput('past_value', 'T_CACHE', 4),
    input('seqlens_k', 'M', 1),
    input('total_sequence_length', 'M', 0, 1),
    optionalInput('cos_cache', 'T', 2),
    optionalInput('sin_cache', 'T', 2),
    optionalInput('position_ids', 'I', 2),
    optionalInput('attention_bias', 'T', 4),
    optionalInput('head_sink', 'T', 1),
    optionalInput('k_scale', 'T_KV_SCALE'),
    optionalInput('v_scale', 'T_KV_SCALE'),
    optionalInput('q_norm_weight', 'T', 1),
    optionalInput('k_norm_weight', 'T', 1),
  ],
  outputs: [
    { name: 'output' },
    { name: 'present_key' },
    { name: 'present_value' },
    { name: 'output_qk', optional: true },
  ],
  types: {
    T: contribFloatTypes,
    T_CACHE: [...contribFloatTypes, 'uint8', 'int8', 'float8e4m3fn'],
    T_KV_SCALE: ['float32'],
    M: ['int32'],
    I: ['int64'],
  },
  attributes: {
    num_heads: { kind: 'int', required: true },
    kv_num_heads: { kind: 'int', required: true },
    causal: flag,
    do_rotary: flag,
    k_quant_type: quantization,
    v_quant_type: quantization,
    kv_cache_bit_width: { kind: 'int', values: [4, 8] },
    local_window_size: int,
    qk_norm_epsilon: float,
    qk_output: { kind: 'int', values: [0, 1, 2] },
    rotary_interleaved: flag,
    scale: float,
    sliding_window_cache: flag,
    smooth_softmax: flag,
    softcap: float,
  },
  infer: (node) => {
    const heads = node.int('num_heads');
    const kvHeads = node.int('kv_num_heads');
    if (heads < 1 || kvHeads < 1 || heads % kvHeads !== 0) {
      node.fail(`has num_heads ${heads} and kv_num_heads ${kvHeads}; expected a multiple`);
    }
    const [batch, tokens] = [node.dimension(0, 0), node.dimension(0, 1)];
    const headDim = headDimOf(node, heads, kvHeads);
    node.requireShape(5, [batch]);
    node.requireShape(6, [], [1]);
    requirePositions(node, batch, tokens, headDim);
    if (node.optional(10)) {
      if (node.dimension(10, 0) !== 1) node.requireDimension(10, 0, batch);
      if (node.dimension(10, 1) !== 1) node.requireDimension(10, 1, heads);
      node.requireDimension(10, 2, tokens);
    }
    node.requireShape(11, [heads]);
    requirePair(node, 14, 15);
    for (const index of [14, 15]) node.requireShape(index, [headDim]);
    const cache = cacheOf(node, batch, kvHeads, headDim);
    return [
      { type: node.type('T'), shape: [batch, tokens, heads * headDim] },
      cache,
      cache,
      { type: node.type('T'), shape: [batch, heads, tokens, cache.shape[2] ?? node.unknown()] },
    ];
  },
};

function headDimOf(node: NodeInference, heads: number, kvHeads: number): number {
  requirePair(node, 1, 2);
  const isPacked = node.optional(1) === undefined;
  const parts = isPacked ? heads + 2 * kvHeads : heads;
  const width = node.dimension(0, 2);
  if (typeof width !== 'number' || width % parts !== 0) {
    return node.failInput(
      0,
      `a last dimension that is a multiple of ${parts} heads${isPacked ? ' (query, key and value)' : ''}`,
    );
  }
  const headDim = width / parts;
  if (headDim % 8 !== 0) node.failInput(0, `a head size that is a multiple of 8, not ${headDim}`);
  for (const index of isPacked ? [] : [1, 2]) {
    node.requireDimension(index, 0, node.dimension(0, 0));
    node.requireDimension(index, 1, node.dimension(1, 1));
    node.requireDimension(index, 2, kvHeads * headDim);
  }
  return headDim;
}

function requirePositions(node: NodeInference, batch: Dimension, tokens: Dimension, headDim: number): void {
  requirePair(node, 7, 8);
  const cosines = node.optional(7)?.shape;
  if (node.int('do_rotary', 0) === 1) {
    if (!cosines) node.failInput(7, 'the rotary tables, as do_rotary is 1');
    if (headDim % 16 !== 0)
      node.failInput(0, `a head size that is a multiple of 16 for rotary embedding, not ${headDim}`);
  }
  if (cosines) {
    const width = node.dimension(7, 1);
    if (typeof width !== 'number' || 2 * width > headDim) node.failInput(7, `at most ${headDim / 2} at axis 1`);
    node.requireShape(8, cosines);
  }
  node.requireShape(9, [batch, tokens]);
}

/** Type and shape of the present key and value. Their length is that of the past where both are one buffer. */
function cacheOf(node: NodeInference, batch: Dimension, kvHeads: number, headDim: number) {
  requirePair(node, 3, 4);
  const isQuantized = [node.text('k_quant_type', 'NONE'), node.text('v_quant_type', 'NONE')].some(
    (kind) => kind !== 'NONE',
  );
  if (isQuantized) for (const index of [12, 13]) node.input(index);
  const width = node.int('kv_cache_bit_width', 8) === 4 && isQuantized ? headDim / 2 : headDim;
  const past = node.optional(3);
  if (past === undefined) {
    if (isQuantized) node.failInput(3, 'a past of the quantised type, as k_quant_type or v_quant_type is set');
    return { type: node.type('T'), shape: [batch, kvHeads, node.unknown(), width] };
  }
  const expected = [batch, kvHeads, past.shape[2] ?? 0, width];
  node.requireShape(3, expected);
  if (node.optional(4)) node.requireShape(4, past.shape);
  if (!isQuantized && past.type !== node.type('T')) {
    node.failInput(3, `${node.type('T')} ${formatShape(expected)} like the query`);
  }
  return { type: past.type, shape: [batch, kvHeads, node.unknown(), width] };
}

function requirePair(node: NodeInference, first: number, second: number): void {
  if ((node.optional(first) === undefined) !== (node.optional(second) === undefined)) {
    node.fail(`has only one of the inputs ${node.inputName(first)} and ${node.inputName(second)}`);
  }
}
