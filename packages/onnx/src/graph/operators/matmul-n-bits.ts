import type { NodeInference } from '../node-inference.js';
import { contribFloatTypes, input, type OperatorSchema, optionalInput } from './schema.js';

/**
 * A × Bᵀ with B [N, K] quantised in blocks along K: `B` is uint8 [N, blocks, blockSize × bits / 8] (low bits first), `scales`
 * [N, blocks] or flat, `zero_points` alike, packed like B when they are uint8.
 */
export const matMulNBits: OperatorSchema = {
  name: 'MatMulNBits',
  domain: 'com.microsoft',
  inputs: [
    input('A', 'T1'),
    input('B', 'T2', 3),
    input('scales', 'T1', 1, 2),
    optionalInput('zero_points', 'T3', 1, 2),
    optionalInput('g_idx', 'T4', 1),
    optionalInput('bias', 'T1', 1),
  ],
  outputs: [{ name: 'Y' }],
  types: { T1: contribFloatTypes, T2: ['uint8'], T3: ['uint8', ...contribFloatTypes], T4: ['int32'] },
  attributes: {
    K: { kind: 'int', required: true },
    N: { kind: 'int', required: true },
    bits: { kind: 'int', values: [2, 4, 8] },
    block_size: { kind: 'int', required: true },
    accuracy_level: { kind: 'int', values: [0, 1, 2, 3, 4] },
  },
  infer: (node) => {
    const [rows, columns] = [node.int('K'), node.int('N')];
    const bits = node.int('bits', 4);
    const blockSize = node.int('block_size');
    if (rows < 1 || columns < 1) node.fail(`has K ${rows} and N ${columns}; expected at least 1`);
    requireBlockSize(node, blockSize);
    const blocks = Math.ceil(rows / blockSize);
    node.requireDimension(0, -1, rows);
    node.requireShape(1, [columns, blocks, (blockSize * bits) / 8]);
    node.requireShape(2, [columns, blocks], [columns * blocks]);
    const perRow = node.optional(3)?.type === 'uint8' ? Math.ceil((blocks * bits) / 8) : blocks;
    node.requireShape(3, [columns, perRow], [columns * perRow]);
    node.requireShape(4, [rows], [blocks * blockSize]);
    node.requireShape(5, [columns]);
    return [{ type: node.type('T1'), shape: [...node.shape(0).slice(0, -1), columns] }];
  },
};

export function requireBlockSize(node: NodeInference, blockSize: number): void {
  if (blockSize < 16 || !Number.isInteger(Math.log2(blockSize))) {
    node.fail(`has block_size ${blockSize}; expected a power of 2 from 16`);
  }
}
