import type { WeightType } from '@ferrum/models';

/** A tensor as a test writes it: row-major, outermost dimension first. */
export interface TestTensor {
  readonly type: WeightType;
  readonly dims: readonly number[];
  readonly bytes: Uint8Array;
  readonly columnOrder?: Int32Array;
}

/** A float32 tensor; without values, of small ones that differ from place to place. */
export function float32(dims: readonly number[], values?: readonly number[]): TestTensor {
  const length = dims.reduce((product, size) => product * size, 1);
  const data = Float32Array.from(values ?? Array.from({ length }, (_, i) => ((i * 7) % 31) / 16 - 1));
  return { type: 'F32', dims, bytes: new Uint8Array(data.buffer) };
}
