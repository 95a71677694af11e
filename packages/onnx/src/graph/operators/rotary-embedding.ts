import type { NodeInference } from '../node-inference.js';
import { contribFloatTypes, flag, float, input, int, type OperatorSchema } from './schema.js';

/** Rotary position embedding (Su et al. 2021) of [batch, tokens, hidden] or [batch, heads, tokens, headDim]. */
export const rotaryEmbedding: OperatorSchema = {
  name: 'RotaryEmbedding',
  domain: 'com.microsoft',
  inputs: [
    input('input', 'T', 3, 4),
    input('position_ids', 'M', 1, 2),
    input('cos_cache', 'T', 2),
    input('sin_cache', 'T', 2),
  ],
  outputs: [{ name: 'output' }],
  types: { T: contribFloatTypes, M: ['int64'] },
  attributes: { num_heads: int, rotary_embedding_dim: int, interleaved: flag, is_packed_batching: flag, scale: float },
  infer: (node) => {
    const shape = node.shape(0);
    const tokens = node.dimension(0, -2);
    node.requireShape(1, [1], [node.dimension(0, 0), shape.length === 4 ? tokens : node.dimension(0, 1)]);
    node.requireShape(3, node.shape(2));
    requireRotaryWidth(node);
    return [{ type: node.type('T'), shape }];
  },
};

function requireRotaryWidth(node: NodeInference): void {
  const rotaryDim = node.int('rotary_embedding_dim', 0);
  const heads = node.int('num_heads', 0);
  if (rotaryDim > 0 && heads === 0) node.fail('has rotary_embedding_dim but no num_heads');
  const width = node.dimension(0, -1);
  const headDim =
    node.shape(0).length === 4 ? width : heads > 0 && typeof width === 'number' ? width / heads : undefined;
  const rotated = rotaryDim > 0 ? rotaryDim : headDim;
  if (typeof rotated === 'number') node.requireDimension(2, 1, rotated / 2);
}
