import type { OnnxNode } from '@ferrum/onnx';

/** Of a convolution over time, with the defaults of the ONNX operators. */
export interface ConvolutionAttributes {
  readonly dilation: number;
  readonly stride: number;
  readonly pads: readonly [before: number, after: number];
  readonly group: number;
  readonly outputPadding: number;
}

export function attributesOf(node: OnnxNode): ConvolutionAttributes {
  const [before = 0, after = 0] = integersOf(node, 'pads');
  return {
    dilation: integersOf(node, 'dilations')[0] ?? 1,
    stride: integersOf(node, 'strides')[0] ?? 1,
    pads: [before, after],
    group: integerOf(node, 'group') ?? 1,
    outputPadding: integersOf(node, 'output_padding')[0] ?? 0,
  };
}

function integersOf(node: OnnxNode, name: string): number[] {
  const attribute = node.attributes.get(name);
  return attribute?.type === 'ints' ? attribute.value.map(Number) : [];
}

function integerOf(node: OnnxNode, name: string): number | undefined {
  const attribute = node.attributes.get(name);
  return attribute?.type === 'int' ? Number(attribute.value) : undefined;
}
