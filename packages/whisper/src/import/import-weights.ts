import type {
  DecoderLayerWeights,
  DecoderWeights,
  EncoderLayerWeights,
  EncoderWeights,
  FeedForwardWeights,
} from '../architecture/whisper-weights.js';
import type { FeedForwardNames } from '../model/whisper-names.js';
import type { WhisperSource } from '../model/whisper-source.js';
import type { LinearStorage, WhisperImporter } from './whisper-importer.js';

type Source = Pick<WhisperSource, 'config' | 'names'>;

export async function importEncoder(
  importer: WhisperImporter,
  { config, names }: Source,
  storage: LinearStorage,
): Promise<EncoderWeights> {
  const { hiddenSize, melBins, audioPositions } = config;
  const square = (name: EncoderNamesOfSquares) => importer.linear([name], hiddenSize, hiddenSize, storage);
  const layers: EncoderLayerWeights[] = [];
  for (let index = 0; index < config.encoderLayers; index++) {
    const layer = names.encoderLayer(index);
    layers.push({
      attentionNorm: await importer.norm(layer.attentionNorm, hiddenSize),
      query: await square(layer.query),
      key: await square(layer.key),
      value: await square(layer.value),
      attentionOutput: await square(layer.attentionOutput),
      ...(await feedForward(importer, layer, hiddenSize, config.encoderFeedForwardSize, storage)),
    });
  }
  const cross = [];
  for (let index = 0; index < config.decoderLayers; index++) {
    const { crossKey, crossValue } = names.decoderLayer(index);
    cross.push({ key: await square(crossKey), value: await square(crossValue) });
  }
  return {
    firstConvolution: await importer.convolution(names.firstConvolution, melBins, hiddenSize),
    secondConvolution: await importer.convolution(names.secondConvolution, hiddenSize, hiddenSize),
    positions: await importer.values(names.encoderPositions, [audioPositions, hiddenSize]),
    layers,
    finalNorm: await importer.norm(names.encoderNorm, hiddenSize),
    cross,
  };
}

type EncoderNamesOfSquares = ReturnType<Source['names']['encoderLayer']>['query'];

export async function importDecoder(
  importer: WhisperImporter,
  { config, names }: Source,
  storage: 'float32' | 'blocks',
): Promise<DecoderWeights> {
  const { hiddenSize, vocabularySize, maxTokens, decoderHeads } = config;
  const layers: DecoderLayerWeights[] = [];
  for (let index = 0; index < config.decoderLayers; index++) {
    const layer = names.decoderLayer(index);
    const { selfQuery, selfKey, selfValue } = layer;
    const square = (name: EncoderNamesOfSquares, factor?: number) =>
      importer.linear([name], hiddenSize, hiddenSize, storage, factor);
    layers.push({
      selfNorm: await importer.norm(layer.selfNorm, hiddenSize),
      queryKeyValue: await importer.linear([selfQuery, selfKey, selfValue], hiddenSize, 3 * hiddenSize, storage),
      selfOutput: await square(layer.selfOutput),
      crossNorm: await importer.norm(layer.crossNorm, hiddenSize),
      crossQuery: await square(layer.crossQuery, Math.sqrt(decoderHeads / hiddenSize)),
      crossOutput: await square(layer.crossOutput),
      ...(await feedForward(importer, layer, hiddenSize, config.decoderFeedForwardSize, storage)),
    });
  }
  return {
    ...(await importer.tokens(names.tokens, vocabularySize, hiddenSize, storage)),
    positions: await importer.values(names.decoderPositions, [maxTokens, hiddenSize]),
    layers,
    finalNorm: await importer.norm(names.decoderNorm, hiddenSize),
  };
}

async function feedForward(
  importer: WhisperImporter,
  names: FeedForwardNames,
  hiddenSize: number,
  feedForwardSize: number,
  storage: LinearStorage,
): Promise<FeedForwardWeights> {
  return {
    feedForwardNorm: await importer.norm(names.feedForwardNorm, hiddenSize),
    up: await importer.linear([names.up], hiddenSize, feedForwardSize, storage),
    down: await importer.linear([names.down], feedForwardSize, hiddenSize, storage),
  };
}
