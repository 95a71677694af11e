import type { NodeInference } from '../node-inference.js';
import { type TensorType, tensorTypes } from '../tensor-type.js';
import type { InferredValue } from '../value.js';

/** What is known of one operator at opset 21 (or version 1 of `com.microsoft`, as ONNX Runtime 1.30 has it). */
export interface OperatorSchema {
  readonly name: string;
  readonly domain: '' | 'com.microsoft';
  readonly inputs: readonly InputRule[];
  readonly outputs: readonly OutputRule[];
  /** Element types that each type variable of the rules may stand for. */
  readonly types: Readonly<Record<string, readonly TensorType[]>>;
  readonly attributes: Readonly<Record<string, AttributeRule>>;
  /** Checks what the rules cannot say, and gives each output that the node could have, in order. */
  infer(node: NodeInference): readonly InferredValue[];
}

export interface InputRule {
  readonly name: string;
  /** A type variable: inputs of one variable have one type. */
  readonly type: string;
  readonly optional?: true;
  /** The last rule may match any number of inputs, at least one. */
  readonly variadic?: true;
  /** Ranks that are allowed; any when absent. */
  readonly ranks?: readonly number[];
}

export interface OutputRule {
  readonly name: string;
  readonly optional?: true;
  readonly variadic?: true;
}

/** `elementType` is the name of a tensor type, stored as its code. */
export type AttributeKind = 'float' | 'int' | 'string' | 'ints' | 'tensor' | 'elementType';

export interface AttributeRule {
  readonly kind: AttributeKind;
  readonly required?: true;
  /** The values that are allowed, when they are few. */
  readonly values?: readonly (number | string)[];
}

export function input(name: string, type = 'T', ...ranks: readonly number[]): InputRule {
  return ranks.length > 0 ? { name, type, ranks } : { name, type };
}

export function optionalInput(name: string, type = 'T', ...ranks: readonly number[]): InputRule {
  return { ...input(name, type, ...ranks), optional: true };
}

export const int: AttributeRule = { kind: 'int' };
export const float: AttributeRule = { kind: 'float' };
export const ints: AttributeRule = { kind: 'ints' };
/** An int that is 0 or 1. */
export const flag: AttributeRule = { kind: 'int', values: [0, 1] };

/** Every type that opset 21 knows. */
export const anyType = tensorTypes.filter((type) => type !== 'float4e2m1');
/** Of operators that have not changed since 8- and 4-bit types came. */
export const plainTypes = anyType.filter((type) => !type.startsWith('float8') && type !== 'int4' && type !== 'uint4');
export const floatTypes: readonly TensorType[] = ['float32', 'float16', 'bfloat16', 'float64'];
export const integerTypes: readonly TensorType[] = [
  'int8',
  'int16',
  'int32',
  'int64',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
];
export const numericTypes: readonly TensorType[] = [...floatTypes, ...integerTypes];
/** Of matrix products and sums. */
export const wideTypes: readonly TensorType[] = [...floatTypes, 'int32', 'int64', 'uint32', 'uint64'];
export const indexTypes: readonly TensorType[] = ['int64', 'int32'];
/** Float types of ONNX Runtime's own operators. */
export const contribFloatTypes: readonly TensorType[] = ['float32', 'float16', 'bfloat16'];
