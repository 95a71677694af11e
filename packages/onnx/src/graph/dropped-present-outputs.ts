import type { OnnxGraph, OnnxModel, OnnxNode } from './model.js';

export interface DroppedPresentOutput {
  /** The node's name, or its place among its graph's nodes when it has none. */
  readonly node: string;
  readonly output: 'present_key' | 'present_value';
  readonly reason: 'not declared' | 'not an output of its graph';
}

/**
 * GroupQueryAttention nodes whose present key or value does not leave the graph. ONNX Runtime 1.30 computes such a graph
 * wrongly or ends the process, so nobody may open it.
 */
export function findDroppedPresentOutputs(model: OnnxModel): readonly DroppedPresentOutput[] {
  return [
    ...droppedInGraph(model.graph),
    ...model.functions.flatMap(({ nodes, outputs }) => droppedInNodes(nodes, new Set(outputs))),
  ];
}

function droppedInGraph(graph: OnnxGraph): readonly DroppedPresentOutput[] {
  return droppedInNodes(graph.nodes, new Set(graph.outputs.map(({ name }) => name)));
}

function droppedInNodes(nodes: readonly OnnxNode[], outputs: ReadonlySet<string>): readonly DroppedPresentOutput[] {
  return nodes.flatMap((node, index) => [
    ...droppedByNode(node, index, outputs),
    ...subgraphsOf(node).flatMap(droppedInGraph),
  ]);
}

function droppedByNode(node: OnnxNode, index: number, outputs: ReadonlySet<string>): readonly DroppedPresentOutput[] {
  if (node.operator !== 'GroupQueryAttention' || node.domain !== 'com.microsoft') return [];
  return (['present_key', 'present_value'] as const).flatMap((output, place) => {
    const name = node.outputs[place + 1] ?? '';
    if (outputs.has(name) && name !== '') return [];
    const reason = name === '' ? 'not declared' : 'not an output of its graph';
    return [{ node: node.name || `GroupQueryAttention (node ${index})`, output, reason }];
  });
}

/** Bodies of If, Loop and Scan. */
function subgraphsOf(node: OnnxNode): readonly OnnxGraph[] {
  return [...node.attributes.values()].flatMap((attribute) => {
    if (attribute.type === 'graph') return [attribute.value];
    return attribute.type === 'graphs' ? attribute.value : [];
  });
}
