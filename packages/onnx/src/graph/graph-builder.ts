import { FerrumError } from '@ferrum/registry/errors';
import { type AttributeInputs, resolveAttributes } from './attributes.js';
import { type ConstantType, constantData } from './constant.js';
import { formatShape, isDimension, type Shape } from './dimension.js';
import { findDroppedPresentOutputs } from './dropped-present-outputs.js';
import { encodeModel } from './encode-model.js';
import { type GraphNode, GraphValue } from './graph-value.js';
import { inferOutputs } from './infer-outputs.js';
import { createInitializer, type InitializerData, integerContents } from './initializer.js';
import type { OnnxTensor } from './model.js';
import { type NodeLabel, nodeError } from './node-inference.js';
import { operatorSchemas } from './operators/index.js';
import type { OutputChoice, ValuesOf } from './output-choice.js';
import type { TensorType } from './tensor-type.js';
import type { InferredValue, Value, ValueType } from './value.js';

export type { Value, ValueType } from './value.js';

/** What the graphs are written in: standard operators of opset 21, ONNX Runtime's own of version 1. */
const opsets = [
  { domain: '', version: 21 },
  { domain: 'com.microsoft', version: 1 },
];
const irVersion = 10;

export interface GraphBuilderOptions {
  readonly name: string;
  /** Written into the file. Default `ferrum`. */
  readonly producerName?: string;
  readonly producerVersion?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface NodeOptions {
  readonly attributes?: AttributeInputs;
  /** Unique in the graph. Default: the operator and a number. */
  readonly name?: string;
  /** Needed for one of ONNX Runtime's own operators without a schema; default: the schema's, or the standard one. */
  readonly domain?: '' | 'com.microsoft';
  /**
   * Required for an operator without a schema. Otherwise they make the inferred shapes more precise: a dimension about
   * which nothing is known takes the one given here.
   */
  readonly outputTypes?: readonly (ValueType | undefined)[];
}

/**
 * Builds an ONNX model node by node. Types and shapes are inferred and checked as each node is added, so a mistake is an
 * error that names the node. Equal calls give equal bytes.
 */
export class GraphBuilder {
  readonly #options: GraphBuilderOptions;
  readonly #inputs: GraphValue[] = [];
  readonly #outputs: GraphValue[] = [];
  readonly #initializers: OnnxTensor[] = [];
  readonly #constants = new Map<string, Value>();
  readonly #nodes: GraphNode[] = [];
  readonly #valueNames = new Set<string>();
  readonly #nodeNames = new Set<string>();
  #symbols = 0;

  constructor(options: GraphBuilderOptions) {
    this.#options = options;
  }

  /** Declares a graph input. Strings in `shape` are symbols: equal ones are equal sizes. */
  input(name: string, type: TensorType, shape: Shape): Value {
    const invalid = shape.find((dimension) => !isDimension(dimension));
    if (invalid !== undefined) {
      this.#fail(
        `Input "${name}" has the dimension ${JSON.stringify(invalid)}; expected a size from 0 or an identifier.`,
      );
    }
    const value = this.#addValue(name, 'input', { type, shape: [...shape] });
    this.#inputs.push(value);
    return value;
  }

  /** Adds a constant. Large ones belong in external data, which `ExternalDataWriter` makes; inline data are copied. */
  initializer(name: string, type: TensorType, shape: readonly number[], data: InitializerData): Value {
    const tensor = createInitializer(name, type, shape, data);
    const contents = integerContents(tensor);
    const value = this.#addValue(name, 'initializer', { type, shape: tensor.shape, contents });
    this.#initializers.push(tensor);
    return value;
  }

  /** A constant int64 vector; equal ones are one. */
  int64s(values: readonly (number | bigint)[]): Value {
    return this.#constant('int64', [values.length], values);
  }

  /** A constant float32 vector; equal ones are one. */
  float32s(values: readonly number[]): Value {
    return this.#constant('float32', [values.length], values);
  }

  /** A constant of rank 0; equal ones are one. */
  scalar(type: ConstantType, value: number | bigint): Value {
    return this.#constant(type, [], [value]);
  }

  /**
   * Adds a node of one output and returns it. `inputs` are in the operator's order, `undefined` where an optional one is
   * left out.
   * @throws FerrumError `InvalidParameter` naming the node, and the input or attribute that doesn't fit.
   */
  node(
    operator: string,
    inputs: readonly (Value | undefined)[],
    options: NodeOptions & { readonly output?: string } = {},
  ): Value {
    const { output = true, ...rest } = options;
    const [value] = this.#addNode(operator, inputs, rest, [output]);
    return value ?? this.#fail(`${operator} has no output.`);
  }

  /**
   * Adds a node of several outputs: so many, or those chosen one by one. The ones left out are `undefined` in the result.
   * @throws FerrumError as `node` does.
   */
  nodes<const Outputs extends number | readonly OutputChoice[]>(
    operator: string,
    inputs: readonly (Value | undefined)[],
    options: NodeOptions & { readonly outputs: Outputs },
  ): ValuesOf<Outputs>;
  nodes(
    operator: string,
    inputs: readonly (Value | undefined)[],
    options: NodeOptions & { readonly outputs: number | readonly OutputChoice[] },
  ): unknown {
    const { outputs, ...rest } = options;
    const choices = typeof outputs === 'number' ? Array.from({ length: outputs }, () => true as const) : outputs;
    return this.#addNode(operator, inputs, rest, choices);
  }

  /** Makes a value an output of the graph. A value that isn't a graph input, constant or output already takes the name. */
  output(name: string, value: Value): Value {
    const found = this.#own(value, `output "${name}"`);
    if (found.origin !== 'node' || this.#outputs.includes(found)) {
      return this.output(name, this.node('Identity', [found]));
    }
    if (found.name !== name) {
      this.#takeName(name);
      this.#valueNames.delete(found.name);
      found.name = name;
    }
    this.#outputs.push(found);
    return found;
  }

  /**
   * The ModelProto.
   * @throws FerrumError `InvalidParameter` when there is no output, or a GroupQueryAttention's present outputs aren't
   * outputs of the graph.
   */
  build(): Uint8Array {
    const { name, producerName = 'ferrum', producerVersion = '', metadata = {} } = this.#options;
    if (this.#outputs.length === 0) this.#fail('It has no output.');
    const graph = {
      name,
      nodes: this.#nodes.map((node) => ({
        ...node,
        inputs: node.inputs.map((input) => input?.name ?? ''),
        outputs: node.outputs.map((output) => output?.name ?? ''),
      })),
      initializers: this.#initializers,
      inputs: this.#inputs.map(({ name: input, type, shape }) => ({ name: input, type, shape })),
      outputs: this.#outputs.map(({ name: output, type, shape }) => ({ name: output, type, shape })),
    };
    const entries = new Map(Object.entries(metadata));
    const model = { irVersion, producerName, producerVersion, opsets, metadata: entries, graph, functions: [] };
    const [dropped] = findDroppedPresentOutputs(model);
    if (dropped) {
      const label = { operator: 'GroupQueryAttention', name: dropped.node };
      throw nodeError(label, `must have its ${dropped.output} among the graph's outputs: ONNX Runtime needs it`);
    }
    return encodeModel(model);
  }

  #addNode(
    operator: string,
    inputs: readonly (Value | undefined)[],
    options: NodeOptions,
    choices: readonly OutputChoice[],
  ): readonly (GraphValue | undefined)[] {
    const schema = operatorSchemas.get(operator);
    const label = {
      operator,
      name: options.name ?? this.#madeUpName(this.#nodeNames, `${operator}_${this.#nodes.length}`),
    };
    if (this.#nodeNames.has(label.name)) throw nodeError(label, 'has the name of an earlier node');
    if (schema && options.domain !== undefined && options.domain !== schema.domain) {
      throw nodeError(label, `is given the domain "${options.domain}"; expected "${schema.domain}"`);
    }
    const own = trimmed(
      inputs.map((value, index) => value && this.#own(value, `input ${index} of ${operator} node "${label.name}"`)),
    );
    const attributes = resolveAttributes(label, schema, options.attributes ?? {});
    const inferred = inferOutputs({
      label,
      schema,
      inputs: own,
      attributes,
      choices,
      declared: options.outputTypes ?? [],
      newSymbol: () => `unknown_${this.#symbols++}`,
    });
    const outputs = this.#addOutputs(label, inferred, choices);
    this.#nodeNames.add(label.name);
    const domain = schema?.domain ?? options.domain ?? '';
    this.#nodes.push({ name: label.name, operator, domain, inputs: own, outputs: trimmed(outputs), attributes });
    return outputs;
  }

  #addOutputs(
    label: NodeLabel,
    inferred: readonly InferredValue[],
    choices: readonly OutputChoice[],
  ): readonly (GraphValue | undefined)[] {
    const names = choices.filter((choice) => typeof choice === 'string');
    const taken = names.find((name, index) => this.#valueNames.has(name) || name === '' || names.indexOf(name) < index);
    if (taken !== undefined) throw nodeError(label, `names an output "${taken}"; expected a name that isn't taken`);
    return choices.map((choice, index) => {
      const value = inferred[index];
      if (choice === undefined || value === undefined) return undefined;
      const suffix = choices.length > 1 ? `:${index}` : '';
      const name = choice === true ? this.#madeUpName(this.#valueNames, `${label.name}${suffix}`) : choice;
      return this.#addValue(name, 'node', value);
    });
  }

  #constant(type: ConstantType, shape: readonly number[], values: readonly (number | bigint)[]): Value {
    const data = constantData(type, values);
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const key = `${type} ${formatShape(shape)} ${bytes.toString('base64')}`;
    const known = this.#constants.get(key);
    if (known) return known;
    const name = this.#madeUpName(this.#valueNames, `constant_${this.#constants.size}`);
    const value = this.initializer(name, type, shape, data);
    this.#constants.set(key, value);
    return value;
  }

  #addValue(name: string, origin: GraphValue['origin'], value: InferredValue): GraphValue {
    this.#takeName(name);
    return new GraphValue(this, name, origin, value);
  }

  #takeName(name: string): void {
    if (name === '' || this.#valueNames.has(name)) {
      this.#fail(`The value name "${name}" is ${name === '' ? 'empty' : 'taken'}: names are unique in a graph.`);
    }
    this.#valueNames.add(name);
  }

  #madeUpName(taken: ReadonlySet<string>, wanted: string): string {
    let name = wanted;
    for (let suffix = 1; taken.has(name); suffix++) name = `${wanted}_${suffix}`;
    return name;
  }

  #own(value: Value, what: string): GraphValue {
    if (value instanceof GraphValue && value.builder === this) return value;
    return this.#fail(`The value "${value.name}" for ${what} belongs to another graph.`);
  }

  #fail(problem: string): never {
    throw new FerrumError('InvalidParameter', `Cannot build the graph "${this.#options.name}": ${problem}`);
  }
}

function trimmed<T>(list: readonly (T | undefined)[]): readonly (T | undefined)[] {
  return list.slice(0, list.findLastIndex((element) => element !== undefined) + 1);
}
