import type { Dimension } from '../dimension.js';
import { gatheredShape } from './indexing.js';
import { requireBlockSize } from './matmul-n-bits.js';
import { contribFloatTypes, indexTypes, input, int, type OperatorSchema, optionalInput } from './schema.js';

/** Gather from a table quantised in blocks, dequantised. uint8 tables hold 4- or 8-bit elements packed along the last axis. */
export const gatherBlockQuantized: OperatorSchema = {
  name: 'GatherBlockQuantized',
  domain: 'com.microsoft',
  inputs: [input('data', 'T1'), input('indices', 'Tind'), input('scales', 'T2'), optionalInput('zero_points', 'T1')],
  outputs: [{ name: 'output' }],
  types: { T1: ['uint8', 'int4', 'uint4'], T2: contribFloatTypes, Tind: indexTypes },
  attributes: { bits: { kind: 'int', values: [4, 8] }, block_size: int, gather_axis: int, quantize_axis: int },
  infer: (node) => {
    const data = node.shape(0);
    const bits = node.int('bits', 4);
    const isPacked = node.type('T1') === 'uint8';
    const blockSize = node.int('block_size', 128);
    requireBlockSize(node, blockSize);
    const gatherAxis = node.axis('gather_axis', data.length, 0);
    const quantizeAxis = node.axis('quantize_axis', data.length, 1);
    if (gatherAxis === quantizeAxis) node.fail(`gathers along the axis ${quantizeAxis} that is quantised`);
    if (isPacked && (gatherAxis !== 0 || quantizeAxis !== data.length - 1)) {
      node.fail('has packed data; expected gather_axis 0 and quantize_axis the last');
    }
    const stored = data[quantizeAxis];
    if (typeof stored !== 'number') return node.failInput(0, `a number at axis ${quantizeAxis}`);
    const perElement = isPacked ? 8 / bits : 1;
    const elements = stored * perElement;
    const blocks = Math.ceil(elements / blockSize);
    const along = (size: number): readonly Dimension[] =>
      data.map((given, axis) => (axis === quantizeAxis ? size : given));
    node.requireShape(2, along(blocks));
    node.requireShape(3, along(Math.ceil(blocks / perElement)));
    return [{ type: node.type('T2'), shape: gatheredShape(along(elements), node.shape(1), gatherAxis) }];
  },
};
