import { GraphBuilder } from '@ferrum/onnx';
import { denseLayers, type HeadConfig, type HeadLayerWeights } from './head.js';
import { pool, weightedModes } from './pooling.js';
import { encoderOutput, textInputs } from './text-encoder-graph.js';

/** float32 [batch, tokens, hiddenSize]. */
export const hiddenInput = 'hidden';

/** The head alone, for an encoder that comes as a graph of its own. */
export function buildHeadGraph(hiddenSize: number, head: HeadConfig, weights: readonly HeadLayerWeights[]): Uint8Array {
  const graph = new GraphBuilder({ name: 'head' });
  const hidden = graph.input(hiddenInput, 'float32', ['batch', 'tokens', hiddenSize]);
  const lengths = head.modes.includes('max') ? graph.input(textInputs.lengths, 'int32', ['batch']) : undefined;
  const modes = weightedModes(head.modes).length;
  const pooling = modes > 0 ? graph.input(textInputs.pooling, 'float32', ['batch', modes, 'tokens']) : undefined;
  const pooled = pool(graph, { hidden, pooling, lengths }, head.modes, hiddenSize, 'pooled');
  graph.output(encoderOutput, denseLayers(graph, pooled, head.layers, weights, 'head'));
  return graph.build();
}
