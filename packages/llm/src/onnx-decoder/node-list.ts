import type { OnnxAttribute, OnnxNode, OnnxTensor, OnnxTensorData } from '@ferrum/onnx';

/** Nodes and constants that are put into a graph, under names that no exporter gives. */
export class NodeList {
  readonly nodes: OnnxNode[] = [];
  readonly initializers: OnnxTensor[] = [];
  #count = 0;

  /** @returns the name of what the node makes: `output`, or one of its own */
  add(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, number>> = {},
    output = this.#newName(),
  ): string {
    const entries = Object.entries(attributes).map(
      ([key, value]) => [key, { type: 'int', value }] as [string, OnnxAttribute],
    );
    this.nodes.push({ name: output, operator, domain: '', inputs, outputs: [output], attributes: new Map(entries) });
    return output;
  }

  integers(...values: readonly (number | bigint)[]): string {
    return this.#constant('int64', [values.length], BigInt64Array.from(values, BigInt));
  }

  integer(value: number): string {
    return this.#constant('int64', [], BigInt64Array.of(BigInt(value)));
  }

  yes(shape: readonly number[], output: string): void {
    this.#constant('bool', shape, new Uint8Array(shape.reduce((product, size) => product * size, 1)).fill(1), output);
  }

  #constant(
    type: OnnxTensor['type'],
    shape: readonly number[],
    elements: BigInt64Array | Uint8Array,
    name = this.#newName(),
  ): string {
    const data: OnnxTensorData = { kind: 'inline', bytes: new Uint8Array(elements.buffer) };
    this.initializers.push({ name, type, shape, data });
    return name;
  }

  #newName(): string {
    this.#count += 1;
    return `ferrum.value_${this.#count}`;
  }
}

/** `DataType` of onnx.proto, for Cast. */
export const typeCodes = { float32: 1, int32: 6, int64: 7, bool: 9, float16: 10 } as const;
