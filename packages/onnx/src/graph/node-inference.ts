import { FerrumError } from '@ferrum/registry/errors';
import { broadcastShapes, type Dimension, equalShapes, formatShape, type Shape } from './dimension.js';
import type { OnnxAttribute } from './model.js';
import type { OperatorSchema } from './operators/schema.js';
import type { TensorType } from './tensor-type.js';
import type { InferredValue, Value } from './value.js';

export type NodeInput = Value & InferredValue;

/** The node that an operator's `infer` is asked about: its inputs and attributes, and the ways to refuse them. */
export class NodeInference {
  readonly #label: NodeLabel;
  readonly #schema: OperatorSchema;
  readonly #inputs: readonly (NodeInput | undefined)[];
  readonly #attributes: ReadonlyMap<string, OnnxAttribute>;
  readonly #types: ReadonlyMap<string, TensorType>;
  readonly #newSymbol: () => string;

  constructor(node: {
    readonly label: NodeLabel;
    readonly schema: OperatorSchema;
    readonly inputs: readonly (NodeInput | undefined)[];
    readonly attributes: ReadonlyMap<string, OnnxAttribute>;
    readonly types: ReadonlyMap<string, TensorType>;
    readonly newSymbol: () => string;
  }) {
    this.#label = node.label;
    this.#schema = node.schema;
    this.#inputs = node.inputs;
    this.#attributes = node.attributes;
    this.#types = node.types;
    this.#newSymbol = node.newSymbol;
  }

  /** An input that the schema requires. */
  input(index: number): NodeInput {
    return this.#inputs[index] ?? this.fail(`lacks input ${this.inputName(index)}`);
  }

  optional(index: number): NodeInput | undefined {
    return this.#inputs[index];
  }

  get inputCount(): number {
    return this.#inputs.length;
  }

  shape(index: number): Shape {
    return this.input(index).shape;
  }

  /** A dimension of an input; negative axes count from the end. */
  dimension(index: number, axis: number): Dimension {
    const found = this.shape(index).at(axis);
    return found ?? this.failInput(index, `at least ${axis < 0 ? -axis : axis + 1} dimensions`);
  }

  /** What a type variable of the schema stands for in this node. */
  type(variable: string): TensorType {
    return this.#types.get(variable) ?? this.fail(`leaves its type ${variable} open`);
  }

  has(attribute: string): boolean {
    return this.#attributes.has(attribute);
  }

  int(name: string, fallback?: number): number {
    const attribute = this.#attributes.get(name);
    if (attribute?.type === 'int' && typeof attribute.value === 'number') return attribute.value;
    return fallback ?? this.fail(`lacks attribute ${name}`);
  }

  ints(name: string): readonly number[] | undefined {
    const attribute = this.#attributes.get(name);
    return attribute?.type === 'ints' ? attribute.value.map(Number) : undefined;
  }

  text(name: string, fallback: string): string {
    const attribute = this.#attributes.get(name);
    return attribute?.type === 'string' && typeof attribute.value === 'string' ? attribute.value : fallback;
  }

  tensorType(name: string): TensorType | undefined {
    const attribute = this.#attributes.get(name);
    return attribute?.type === 'tensor' ? attribute.value.type : undefined;
  }

  /** An axis attribute as an index from 0. */
  axis(name: string, rank: number, fallback?: number): number {
    return this.normalizedAxis(this.int(name, fallback), rank, `attribute ${name}`);
  }

  normalizedAxis(axis: number, rank: number, what: string): number {
    if (axis < -rank || axis >= rank) this.fail(`has ${axis} for ${what}; expected ${-rank} to ${rank - 1}`);
    return axis < 0 ? axis + rank : axis;
  }

  /** Elements of an integer input as far as they are known. */
  contents(index: number): readonly Dimension[] | undefined {
    return this.#inputs[index]?.contents;
  }

  /** Elements of an integer input that must be known now, because the output's rank or shape depends on them. */
  constants(index: number): readonly number[] {
    const contents = this.contents(index);
    if (!contents?.every((element) => typeof element === 'number')) {
      return this.failInput(index, 'integers that are known while the graph is built');
    }
    return contents;
  }

  /** A dimension about which nothing is known. */
  unknown(): Dimension {
    return this.#newSymbol();
  }

  requireShape(index: number, ...allowed: readonly Shape[]): void {
    if (this.optional(index) === undefined || allowed.some((shape) => equalShapes(shape, this.shape(index)))) return;
    this.failInput(index, allowed.map((shape) => `shape ${formatShape(shape)}`).join(' or '));
  }

  requireDimension(index: number, axis: number, expected: Dimension): void {
    if (this.dimension(index, axis) !== expected) this.failInput(index, `${expected} at axis ${axis}`);
  }

  /** The shape that inputs have together by broadcasting. */
  broadcast(...indices: readonly number[]): Shape {
    let shape: Shape = [];
    for (const index of indices) {
      shape =
        broadcastShapes(shape, this.shape(index)) ??
        this.failInput(index, `a shape that broadcasts with ${formatShape(shape)}`);
    }
    return shape;
  }

  inputName(index: number): string {
    const rule = this.#schema.inputs[index] ?? this.#schema.inputs.at(-1);
    return `${index} (${rule?.name})`;
  }

  failInput(index: number, expected: string): never {
    const value = this.#inputs[index];
    const given = value && `"${value.name}", ${value.type} ${formatShape(value.shape)}`;
    throw nodeError(
      this.#label,
      `has ${given ?? 'nothing'} for input ${this.inputName(index)}; expected ${expected}`,
      index,
    );
  }

  fail(problem: string): never {
    throw nodeError(this.#label, problem);
  }
}

/** How errors name a node. */
export interface NodeLabel {
  readonly operator: string;
  readonly name: string;
}

export function nodeError({ operator, name }: NodeLabel, problem: string, input?: number): FerrumError {
  const details = { operator, node: name, ...(input !== undefined && { input }) };
  return new FerrumError('InvalidParameter', `${operator} node "${name}" ${problem}.`, { details });
}
