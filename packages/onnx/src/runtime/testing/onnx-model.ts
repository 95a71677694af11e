import { PbfWriter } from 'pbf';
import { tensorTypeCode } from '../../graph/tensor-type.js';
import type { ElementType } from '../../tensor/element-type.js';

/** The least that makes an ONNX model for a test; the numbers below are fields of onnx.proto. */
export interface TestModel {
  readonly inputs: readonly TestValue[];
  readonly outputs: readonly TestValue[];
  readonly nodes: readonly TestNode[];
}

export interface TestValue {
  readonly name: string;
  readonly type: ElementType;
  /** A name is symbolic, null unknown; no dims at all is an unknown rank. */
  readonly dims?: readonly (number | string | null)[];
}

export interface TestNode {
  readonly type: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly domain?: string;
  readonly integers?: Readonly<Record<string, number>>;
}

export function encodeModel({ inputs, outputs, nodes }: TestModel): Uint8Array {
  const model = new PbfWriter();
  model.writeVarintField(1, 8);
  model.writeMessage(
    7,
    (_, graph) => {
      for (const node of nodes) graph.writeMessage(1, writeNode, node);
      graph.writeStringField(2, 'test');
      for (const input of inputs) graph.writeMessage(11, writeValue, input);
      for (const output of outputs) graph.writeMessage(12, writeValue, output);
    },
    undefined,
  );
  for (const [domain, version] of [
    ['', 17],
    ['com.microsoft', 1],
  ] as const) {
    model.writeMessage(
      8,
      (_, opset) => {
        opset.writeStringField(1, domain);
        opset.writeVarintField(2, version);
      },
      undefined,
    );
  }
  return model.finish();
}

function writeNode(node: TestNode, writer: PbfWriter): void {
  for (const name of node.inputs) writer.writeStringField(1, name);
  for (const name of node.outputs) writer.writeStringField(2, name);
  writer.writeStringField(4, node.type);
  for (const [name, value] of Object.entries(node.integers ?? {})) {
    writer.writeMessage(
      5,
      (_, attribute) => {
        attribute.writeStringField(1, name);
        attribute.writeVarintField(3, value);
        attribute.writeVarintField(20, 2);
      },
      undefined,
    );
  }
  if (node.domain !== undefined) writer.writeStringField(7, node.domain);
}

function writeValue({ name, type, dims }: TestValue, writer: PbfWriter): void {
  writer.writeStringField(1, name);
  writer.writeMessage(
    2,
    (_, typeProto) => {
      typeProto.writeMessage(
        1,
        (_, tensor) => {
          tensor.writeVarintField(1, tensorTypeCode(type));
          if (dims === undefined) return;
          tensor.writeMessage(
            2,
            (_, shape) => {
              for (const dimension of dims) shape.writeMessage(1, writeDimension, dimension);
            },
            undefined,
          );
        },
        undefined,
      );
    },
    undefined,
  );
}

function writeDimension(dimension: number | string | null, writer: PbfWriter): void {
  if (typeof dimension === 'number') writer.writeVarintField(1, dimension);
  if (typeof dimension === 'string') writer.writeStringField(2, dimension);
}
