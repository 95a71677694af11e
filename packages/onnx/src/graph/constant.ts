import { FerrumError } from '@ferrum/registry/errors';

/** Types that small constants come in. */
export type ConstantType = keyof typeof arrays;

/** Elements as a typed array. @throws FerrumError `InvalidParameter` for a value that the type cannot hold. */
export function constantData(type: ConstantType, values: readonly (number | bigint)[]) {
  const isWhole = values.every((value) => typeof value === 'bigint' || Number.isInteger(value));
  const data = type === 'float32' || isWhole ? arrays[type](values) : undefined;
  if (!data || (type !== 'float32' && values.some((value, index) => BigInt(data[index] ?? 0) !== BigInt(value)))) {
    throw new FerrumError('InvalidParameter', `A constant of ${type} cannot hold all of [${values.join(', ')}].`);
  }
  return data;
}

const arrays = {
  float32: (values: readonly (number | bigint)[]) => Float32Array.from(values.map(Number)),
  int64: (values: readonly (number | bigint)[]) => BigInt64Array.from(values.map(BigInt)),
  int32: (values: readonly (number | bigint)[]) => Int32Array.from(values.map(Number)),
  int8: (values: readonly (number | bigint)[]) => Int8Array.from(values.map(Number)),
  uint8: (values: readonly (number | bigint)[]) => Uint8Array.from(values.map(Number)),
} as const;
