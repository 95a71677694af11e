import type { ExternalData } from '../graph/external-data.js';
import type { GraphBuilder, Value } from '../graph/graph-builder.js';

/** What is added to the score of a token that must not be seen: no softmax has anything left of it. */
const unseen = -1e30;

/**
 * Adds the biases that hide what lies farther than `window` tokens away.
 * @param tokens int64 [1]
 * @returns float32 [1, 1, tokens, tokens]
 */
export function windowBiases(graph: GraphBuilder, tokens: Value, window: number, name: string): Value {
  const distance = graph.node('Abs', [distances(graph, tokens, name)], { name: `${name}.magnitude` });
  const isFar = graph.node('Greater', [distance, graph.scalar('int64', window)], { name: `${name}.isFar` });
  const bias = graph.node('Where', [isFar, graph.scalar('float32', unseen), graph.scalar('float32', 0)], { name });
  return graph.node('Unsqueeze', [bias, graph.int64s([0, 1])], { name: `${name}.perHead` });
}

/**
 * Adds the biases that a table gives for each distance.
 * @param table float32 [2 · maxTokens − 1, heads], from the farthest before to the farthest after
 * @returns float32 [1, heads, tokens, tokens]
 */
export function distanceBiases(
  graph: GraphBuilder,
  tokens: Value,
  table: ExternalData,
  maxTokens: number,
  heads: number,
  name: string,
): Value {
  const rows = graph.initializer(`${name}.table`, 'float32', [2 * maxTokens - 1, heads], table);
  const row = graph.node('Add', [distances(graph, tokens, name), graph.scalar('int64', maxTokens - 1)], {
    name: `${name}.row`,
  });
  const biases = graph.node('Gather', [rows, row], { name, attributes: { axis: 0 } });
  const perHead = graph.node('Transpose', [biases], { name: `${name}.perHead`, attributes: { perm: [2, 0, 1] } });
  return graph.node('Unsqueeze', [perHead, graph.int64s([0])], { name: `${name}.perSequence` });
}

/** int64 [tokens, tokens]: key position − query position. */
function distances(graph: GraphBuilder, tokens: Value, name: string): Value {
  const limit = graph.node('Squeeze', [tokens, graph.int64s([0])], { name: `${name}.limit` });
  const positions = graph.node('Range', [graph.scalar('int64', 0), limit, graph.scalar('int64', 1)], {
    name: `${name}.positions`,
  });
  const queries = graph.node('Unsqueeze', [positions, graph.int64s([1])], { name: `${name}.queries` });
  return graph.node('Sub', [positions, queries], { name: `${name}.distances` });
}
