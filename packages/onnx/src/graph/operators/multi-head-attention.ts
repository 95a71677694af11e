import { type Dimension, quotientOf, sumOf } from '../dimension.js';
import type { NodeInference } from '../node-inference.js';
import { contribFloatTypes, flag, float, input, type OperatorSchema, optionalInput } from './schema.js';

/**
 * Scaled dot-product attention. Query is [batch, tokens, hidden]; key and value are [batch, keys, hidden], or of earlier
 * computation as [batch, heads, keys, headDim]; or the key is packed with the value as [batch, keys, heads, 2, headDim]; or
 * the query with both as [batch, tokens, heads, 3, headDim].
 */
export const multiHeadAttention: OperatorSchema = {
  name: 'MultiHeadAttention',
  domain: 'com.microsoft',
  inputs: [
    input('query', 'T', 3, 5),
    optionalInput('key', 'T', 3, 4, 5),
    optionalInput('value', 'T', 3, 4),
    optionalInput('bias', 'T', 1),
    optionalInput('key_padding_mask', 'M', 1, 2, 3),
    optionalInput('attention_bias', 'T', 4),
    optionalInput('past_key', 'T', 4),
    optionalInput('past_value', 'T', 4),
    optionalInput('past_sequence_length', 'M'),
    optionalInput('cache_indirection', 'M', 3),
  ],
  outputs: [
    { name: 'output' },
    { name: 'present_key', optional: true },
    { name: 'present_value', optional: true },
    { name: 'qk', optional: true },
  ],
  types: { T: contribFloatTypes, M: ['int32'] },
  attributes: {
    num_heads: { kind: 'int', required: true },
    mask_filter_value: float,
    scale: float,
    unidirectional: flag,
  },
  infer: (node) => {
    const heads = node.int('num_heads');
    const batch = node.dimension(0, 0);
    const tokens = node.dimension(0, 1);
    const { keys, keyDim, valueDim, hidden } = layoutOf(node, heads, batch);
    const total = totalKeys(node, [batch, heads], keys, keyDim, valueDim);
    if (node.optional(3))
      node.requireShape(3, [sumOf([product(node, heads, keyDim), product(node, heads, keyDim), hidden])]);
    requireMask(node, batch, tokens, keys, total);
    for (const [axis, size] of [batch, heads].entries()) {
      if (node.optional(5) && node.dimension(5, axis) !== 1) node.requireDimension(5, axis, size);
    }
    if (node.optional(5)) {
      node.requireDimension(5, 2, tokens);
      node.requireDimension(5, 3, total);
    }
    const type = node.type('T');
    return [
      { type, shape: [batch, tokens, hidden] },
      { type, shape: [batch, heads, total, keyDim] },
      { type, shape: [batch, heads, total, valueDim] },
      { type, shape: [batch, heads, tokens, total] },
    ];
  },
};

interface Layout {
  readonly keys: Dimension;
  readonly keyDim: Dimension;
  readonly valueDim: Dimension;
  /** Width of the output. */
  readonly hidden: Dimension;
}

function layoutOf(node: NodeInference, heads: number, batch: Dimension): Layout {
  const key = node.optional(1)?.shape;
  const value = node.optional(2)?.shape;
  if (node.shape(0).length === 5) {
    if (key || value) node.fail('has a packed query, and a key or value beside it');
    return packed(node, 0, 3, heads);
  }
  const headDim = perHead(node, 0, heads);
  if (!key) return node.failInput(1, 'a key beside an unpacked query');
  node.requireDimension(1, 0, batch);
  if (key.length === 5) {
    if (value) node.failInput(2, 'nothing beside a key that holds the value');
    node.requireDimension(1, 4, headDim);
    return packed(node, 1, 2, heads);
  }
  if (!value) return node.failInput(2, 'a value beside the key');
  if (value.length !== key.length) node.failInput(2, `${key.length} dimensions like the key`);
  node.requireDimension(2, 0, batch);
  if (key.length === 4) {
    const keys = node.dimension(1, 2);
    const valueDim = node.dimension(2, 3);
    node.requireShape(1, [batch, heads, keys, headDim]);
    node.requireShape(2, [batch, heads, keys, valueDim]);
    return { keys, keyDim: headDim, valueDim, hidden: product(node, heads, valueDim) };
  }
  node.requireDimension(1, 2, node.dimension(0, 2));
  node.requireDimension(2, 1, node.dimension(1, 1));
  return {
    keys: node.dimension(1, 1),
    keyDim: headDim,
    valueDim: perHead(node, 2, heads),
    hidden: node.dimension(2, 2),
  };
}

function packed(node: NodeInference, index: number, count: number, heads: number): Layout {
  node.requireDimension(index, 2, heads);
  node.requireDimension(index, 3, count);
  const dim = node.dimension(index, 4);
  return { keys: node.dimension(index, 1), keyDim: dim, valueDim: dim, hidden: product(node, heads, dim) };
}

function totalKeys(
  node: NodeInference,
  leading: readonly Dimension[],
  keys: Dimension,
  keyDim: Dimension,
  valueDim: Dimension,
): Dimension {
  const past = node.optional(6);
  if ((past === undefined) !== (node.optional(7) === undefined)) node.fail('has only one of past_key and past_value');
  if (past === undefined) return keys;
  const pastKeys = node.dimension(6, 2);
  node.requireShape(6, [...leading, pastKeys, keyDim]);
  node.requireShape(7, [...leading, pastKeys, valueDim]);
  // With past_sequence_length past and present are one buffer of fixed capacity.
  return node.optional(8) ? pastKeys : sumOf([pastKeys, keys]);
}

function requireMask(
  node: NodeInference,
  batch: Dimension,
  tokens: Dimension,
  keys: Dimension,
  total: Dimension,
): void {
  node.requireShape(
    4,
    [batch],
    ...(typeof batch === 'number' ? [[3 * batch + 2]] : [[sumOf([batch, batch, batch, 2])]]),
    [batch, keys],
    [batch, total],
    [batch, tokens, total],
  );
}

function perHead(node: NodeInference, index: number, heads: number): Dimension {
  const hidden = node.dimension(index, 2);
  return quotientOf([hidden], [heads]) ?? node.failInput(index, `a hidden size that ${heads} heads divide`);
}

function product(node: NodeInference, heads: number, dim: Dimension): Dimension {
  return typeof dim === 'number' ? heads * dim : node.fail('has a symbolic head size; expected a number');
}
