import type { OnnxNode } from '@ferrum/onnx';

/** The node that turns hidden states [rows, tokens, hidden] into logits, or that quantises them for it, and which input they are. */
export interface Head {
  readonly node: OnnxNode;
  readonly input: number;
}

/** Looks back from the logits; undefined where something other than a plain projection made them. */
export function findHead(nodes: readonly OnnxNode[], logits: string): Head | undefined {
  const producers = new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  let node = producers.get(logits);
  // Scaling, caps and casts look at each value alone. Scales and bias stand on either side.
  while (node && elementwise.has(node.operator)) {
    const made: OnnxNode[] = node.inputs.flatMap((input) => {
      const producer = producers.get(input);
      return producer && producer.operator !== 'Constant' && !isScale(producer, producers) ? [producer] : [];
    });
    node = made.length === 1 ? made[0] : undefined;
  }
  if (!node) return undefined;
  if (node.operator === 'MatMulInteger') {
    const quantizer = producers.get(node.inputs[0] ?? '');
    const isOnly = quantizer?.operator === 'DynamicQuantizeLinear' && readers(nodes, quantizer.outputs) <= 3;
    return isOnly && quantizer ? { node: quantizer, input: 0 } : undefined;
  }
  return projections.has(node.operator) ? { node, input: 0 } : undefined;
}

const elementwise: ReadonlySet<string> = new Set(['Cast', 'Mul', 'Div', 'Tanh', 'Add', 'Identity']);

const projections: ReadonlySet<string> = new Set(['MatMul', 'MatMulNBits', 'DynamicQuantizeMatMul', 'FusedMatMul']);

/** A product of scales of a quantised multiplication. */
function isScale(node: OnnxNode, producers: ReadonlyMap<string, OnnxNode>): boolean {
  return (
    node.operator === 'Mul' && node.inputs.some((input) => producers.get(input)?.operator === 'DynamicQuantizeLinear')
  );
}

/** Reads of these values: a quantiser that other projections share cannot be cut down for the head. */
function readers(nodes: readonly OnnxNode[], values: readonly string[]): number {
  return nodes.reduce((sum, { inputs }) => sum + inputs.filter((input) => values.includes(input)).length, 0);
}
