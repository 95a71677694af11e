import type { TestModel } from './onnx-model.js';

/** z = x + y over `[rows, 3]`. */
export const addition: TestModel = {
  inputs: [
    { name: 'x', type: 'float32', dims: ['rows', 3] },
    { name: 'y', type: 'float32', dims: ['rows', 3] },
  ],
  outputs: [{ name: 'z', type: 'float32', dims: ['rows', 3] }],
  nodes: [{ type: 'Add', inputs: ['x', 'y'], outputs: ['z'] }],
};

/** Multiplies `x` by itself, one operator after the other: `[size, size]`, as long a run as `steps` say. */
export function longRun(steps: number): TestModel {
  return {
    inputs: [{ name: 'x', type: 'float32', dims: ['size', 'size'] }],
    outputs: [{ name: 'y', type: 'float32', dims: ['size', 'size'] }],
    nodes: Array.from({ length: steps }, (_, step) => ({
      type: 'MatMul',
      inputs: ['x', step === 0 ? 'x' : `y${step - 1}`],
      outputs: [step === steps - 1 ? 'y' : `y${step}`],
    })),
  };
}

/** `count` independent negations over `[rows, 4]`: `in0` to `out0`, … */
export function negations(count: number): TestModel {
  const indices = Array.from({ length: count }, (_, index) => index);
  return {
    inputs: indices.map((index) => ({ name: `in${index}`, type: 'float32', dims: ['rows', 4] })),
    outputs: indices.map((index) => ({ name: `out${index}`, type: 'float32', dims: ['rows', 4] })),
    nodes: indices.map((index) => ({ type: 'Neg', inputs: [`in${index}`], outputs: [`out${index}`] })),
  };
}
