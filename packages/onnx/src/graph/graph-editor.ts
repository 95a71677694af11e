import { FerrumError } from '@ferrum/registry/errors';
import {
  bytesPerElement,
  type ElementType,
  isElementType,
  type TensorData,
  viewBuffer,
} from '../tensor/element-type.js';
import type { InitializerArray } from './initializer.js';
import { createInitializer } from './initializer.js';
import type { OnnxAttribute, OnnxModel, OnnxNode, OnnxTensor, OnnxValueInfo } from './model.js';
import type { TensorType } from './tensor-type.js';

/** A constant of the graph: elements of a tensor, row-major. */
export interface GraphConstant<T extends ElementType = ElementType> {
  readonly type: T;
  readonly shape: readonly number[];
  readonly data: TensorData<T>;
}

export interface AddedNode {
  readonly domain?: string;
  /** `ints`, `floats` … said outright, as the operator's schema is not consulted; plain numbers and lists are integers. */
  readonly attributes?: Readonly<Record<string, number | readonly number[] | string | OnnxAttribute>>;
  /** How many values it makes. Default 1. */
  readonly outputs?: number;
}

/**
 * Rewrites a model that someone else made: looks nodes up by what they read and write, adds others, puts a new value in the
 * place of an old one. Nothing is checked against operator schemas; opening the model does that.
 */
export class GraphEditor {
  readonly #model: OnnxModel;
  readonly #nodes: Set<OnnxNode>;
  readonly #producers = new Map<string, OnnxNode>();
  readonly #consumers = new Map<string, Set<OnnxNode>>();
  readonly #initializers: Map<string, OnnxTensor>;
  readonly #constants = new Map<string, string>();
  readonly #outputs: OnnxValueInfo[];
  readonly #inputs: OnnxValueInfo[];
  #names = 0;

  constructor(model: OnnxModel) {
    this.#model = model;
    this.#initializers = new Map(model.graph.initializers.map((tensor) => [tensor.name, tensor]));
    this.#outputs = [...model.graph.outputs];
    this.#inputs = model.graph.inputs.filter(({ name }) => !this.#initializers.has(name));
    this.#nodes = new Set();
    for (const node of model.graph.nodes) this.#insert(node);
  }

  get nodes(): readonly OnnxNode[] {
    return [...this.#nodes];
  }

  /** Visits the nodes of an operator that are there now, each as it is when its turn comes; one that is gone by then is passed over. */
  each(operator: string, visit: (node: OnnxNode) => void): void {
    const values = this.nodes.flatMap((node) => (node.operator === operator ? (node.outputs[0] ?? []) : []));
    for (const value of values) {
      const node = this.#producers.get(value);
      if (node?.operator === operator) visit(node);
    }
  }

  get inputs(): readonly OnnxValueInfo[] {
    return this.#inputs;
  }

  get outputs(): readonly OnnxValueInfo[] {
    return this.#outputs;
  }

  /** The version of an operator set, 0 when the model does not use it. */
  opset(domain = ''): number {
    return (
      this.#model.opsets.find((opset) => (opset.domain === 'ai.onnx' ? '' : opset.domain) === domain)?.version ?? 0
    );
  }

  producerOf(value: string | undefined): OnnxNode | undefined {
    return value === undefined ? undefined : this.#producers.get(value);
  }

  consumersOf(value: string): readonly OnnxNode[] {
    return [...(this.#consumers.get(value) ?? [])];
  }

  /** What an initializer or a Constant node holds; undefined for other values, text, 4-bit types and external data. */
  constantOf(value: string | undefined): GraphConstant | undefined {
    if (value === undefined) return undefined;
    const tensor = this.#initializers.get(value) ?? this.#constantNode(value);
    if (tensor === undefined || tensor.data.kind !== 'inline' || !isElementType(tensor.type)) return undefined;
    const { type, shape, data } = tensor;
    const length = data.bytes.byteLength / bytesPerElement(type);
    // A copy: the bytes of a file need not lie where elements may.
    return { type, shape, data: viewBuffer(type, new Uint8Array(data.bytes).buffer, length) };
  }

  /** Like `constantOf`, for float32 alone. */
  floatsOf(value: string | undefined): GraphConstant<'float32'> | undefined {
    const constant = this.constantOf(value);
    return constant?.type === 'float32' ? (constant as GraphConstant<'float32'>) : undefined;
  }

  /** A constant; small ones that are alike are shared. @returns its name */
  constant(type: TensorType, shape: readonly number[], data: InitializerArray): string {
    const key = data.length <= 64 ? `${type}[${shape.join()}]:${[...data].join()}` : undefined;
    const known = key === undefined ? undefined : this.#constants.get(key);
    if (known !== undefined) return known;
    const name = this.#newName('constant');
    this.#initializers.set(name, createInitializer(name, type, shape, data));
    if (key !== undefined) this.#constants.set(key, name);
    return name;
  }

  integers(...values: readonly number[]): string {
    return this.constant('int64', [values.length], BigInt64Array.from(values, BigInt));
  }

  integer(value: number): string {
    return this.constant('int64', [], BigInt64Array.of(BigInt(value)));
  }

  float(value: number): string {
    return this.constant('float32', [], Float32Array.of(value));
  }

  /** @returns the name of the value that the node makes */
  add(operator: string, inputs: readonly string[], options: AddedNode = {}): string {
    return this.addNode(operator, inputs, options)[0] as string;
  }

  /** @returns the names of the values that the node makes */
  addNode(operator: string, inputs: readonly string[], { domain = '', attributes = {}, outputs = 1 }: AddedNode = {}) {
    const name = this.#newName(operator);
    const values = outputs === 1 ? [name] : Array.from({ length: outputs }, (_, index) => `${name}:${index}`);
    const entries = Object.entries(attributes).map(([key, value]) => [key, attributeOf(value)] as const);
    this.#insert({ name, operator, domain, inputs: [...inputs], outputs: values, attributes: new Map(entries) });
    return values;
  }

  /** Cuts a value into equal parts along an axis. */
  split(value: string, parts: number, axis: number): readonly string[] {
    // The number of parts is the number of outputs, and said as well from version 18 on.
    const count = this.opset() >= 18 ? { num_outputs: parts } : {};
    return this.addNode('Split', [value], { outputs: parts, attributes: { axis, ...count } });
  }

  /** Makes a value that a node made an input of the model; the node's other values, if any, are gone. */
  cutInput(info: OnnxValueInfo): void {
    const producer = this.#producers.get(info.name);
    if (producer) this.#remove(producer);
    this.#inputs.push(info);
  }

  /** Gives an input of the model another name, for all who read it. */
  renameInput(from: string, to: string): void {
    const at = this.#inputs.findIndex(({ name }) => name === from);
    const info = this.#inputs[at];
    if (!info) throw new FerrumError('Internal', `The graph has no input "${from}".`);
    this.#inputs[at] = { ...info, name: to };
    this.redirect(this.#readersOf(from), from, to);
  }

  /** Drops the model's inputs that nothing reads. */
  dropUnreadInputs(): void {
    const needed = new Set(this.#inOrder().flatMap((node) => [...node.inputs, ...namesInSubgraphs(node)]));
    const read = this.#inputs.filter(({ name }) => needed.has(name));
    this.#inputs.splice(0, this.#inputs.length, ...read);
  }

  /** Makes a value an output of the model, under a name of its own. */
  addOutput(value: string, info: OnnxValueInfo): void {
    this.#insert({
      name: this.#newName('Identity'),
      operator: 'Identity',
      domain: '',
      inputs: [value],
      outputs: [info.name],
      attributes: new Map(),
    });
    this.#outputs.push(info);
  }

  /** The model's outputs are these from now on; they must be values of it. */
  setOutputs(infos: readonly OnnxValueInfo[]): void {
    this.#outputs.splice(0, this.#outputs.length, ...infos);
  }

  /** Everyone who reads `value`, the model's output included, reads `by` from now on. */
  replace(value: string, by: string): void {
    const producer = this.#producers.get(value);
    if (producer) this.#remove(producer);
    this.redirect(this.#readersOf(value), value, by);
    if (!this.#outputs.some(({ name }) => name === value)) return;
    const identity = { name: value, operator: 'Identity', domain: '', inputs: [by], outputs: [value] };
    this.#insert({ ...identity, attributes: new Map() });
  }

  /** Those of the nodes that make these values read `to` in the place of `from`. */
  redirect(values: readonly string[], from: string, to: string): void {
    for (const value of values) {
      const node = this.#producers.get(value);
      if (!node) continue;
      this.#remove(node);
      this.#insert({ ...node, inputs: node.inputs.map((input) => (input === from ? to : input)) });
    }
  }

  /**
   * The model as it is now, without what nothing needs any more, its nodes in an order in which they can be computed.
   * @param opsets raised to these versions, or added
   * @throws FerrumError `Internal` when a value is read that nothing makes, or a node waits for itself.
   */
  finish(opsets: Readonly<Record<string, number>> = {}): OnnxModel {
    const nodes = this.#inOrder();
    const used = new Set(nodes.flatMap((node) => [...node.inputs, ...namesInSubgraphs(node)]));
    for (const { name } of this.#outputs) used.add(name);
    const versions = new Map(this.#model.opsets.map(({ domain, version }) => [domain, version]));
    for (const [domain, version] of Object.entries(opsets)) {
      versions.set(domain, Math.max(version, versions.get(domain) ?? 0));
    }
    return {
      ...this.#model,
      opsets: [...versions].map(([domain, version]) => ({ domain, version })),
      graph: {
        ...this.#model.graph,
        nodes,
        initializers: [...this.#initializers.values()].filter(({ name }) => used.has(name)),
        inputs: this.#inputs,
        outputs: this.#outputs,
      },
    };
  }

  /** Those nodes which the outputs need, in an order in which they can be computed. */
  inOrder(): readonly OnnxNode[] {
    return this.#inOrder();
  }

  /** Depth first from the outputs, without recursion: graphs are thousands of nodes deep. */
  #inOrder(): OnnxNode[] {
    const done = new Set<OnnxNode>();
    const open = new Set<OnnxNode>();
    const stack: OnnxNode[] = this.#outputs.flatMap(({ name }) => this.#producers.get(name) ?? []).reverse();
    while (stack.length > 0) {
      const node = stack.at(-1) as OnnxNode;
      const waiting = open.has(node) ? [] : this.#needs(node).filter((needed) => !done.has(needed));
      open.add(node);
      if (waiting.length === 0) {
        stack.pop();
        done.add(node);
        continue;
      }
      const circle = waiting.find((needed) => open.has(needed));
      if (circle) throw new FerrumError('Internal', `The graph's node ${circle.name} waits for itself.`);
      stack.push(...waiting.reverse());
    }
    return [...done];
  }

  /** Of each reader a value by which it is found. */
  #readersOf(value: string): string[] {
    return this.consumersOf(value).flatMap(({ outputs }) => outputs.find((output) => output !== '') ?? []);
  }

  #needs(node: OnnxNode): OnnxNode[] {
    return [...node.inputs, ...namesInSubgraphs(node)].flatMap((input) => this.#producers.get(input) ?? []);
  }

  #constantNode(value: string): OnnxTensor | undefined {
    const node = this.#producers.get(value);
    const attribute = node?.operator === 'Constant' ? node.attributes.get('value') : undefined;
    return attribute?.type === 'tensor' ? attribute.value : undefined;
  }

  #newName(stem: string): string {
    this.#names += 1;
    return `ferrum/${stem}_${this.#names}`;
  }

  #insert(node: OnnxNode): void {
    this.#nodes.add(node);
    for (const output of node.outputs) if (output !== '') this.#producers.set(output, node);
    for (const input of node.inputs) {
      if (input === '') continue;
      const consumers = this.#consumers.get(input);
      if (consumers) consumers.add(node);
      else this.#consumers.set(input, new Set([node]));
    }
  }

  #remove(node: OnnxNode): void {
    this.#nodes.delete(node);
    for (const output of node.outputs) if (this.#producers.get(output) === node) this.#producers.delete(output);
    for (const input of node.inputs) this.#consumers.get(input)?.delete(node);
  }
}

/** Bodies of If, Loop and Scan read values from outside by name. */
function namesInSubgraphs(node: OnnxNode): string[] {
  const names: string[] = [];
  for (const attribute of node.attributes.values()) {
    const graphs = attribute.type === 'graph' ? [attribute.value] : attribute.type === 'graphs' ? attribute.value : [];
    for (const graph of graphs) {
      for (const inner of graph.nodes) names.push(...inner.inputs, ...namesInSubgraphs(inner));
      names.push(...graph.outputs.map(({ name }) => name));
    }
  }
  return names;
}

function attributeOf(value: number | readonly number[] | string | OnnxAttribute): OnnxAttribute {
  if (typeof value === 'number') return { type: 'int', value };
  if (typeof value === 'string') return { type: 'string', value };
  if (Array.isArray(value)) return { type: 'ints', value };
  return value as OnnxAttribute;
}
