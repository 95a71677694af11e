import type {
  DecoderLayerWeights,
  DecoderWeights,
  EncoderLayerWeights,
  EncoderWeights,
  FeedForwardWeights,
} from '../architecture/whisper-weights.js';
import type { FeedForwardNames, LinearName } from '../model/whisper-names.js';
import type { WhisperSource } from '../model/whisper-source.js';
import type { LinearStorage, WhisperImporter } from './whisper-importer.js';

type Source = Pick<WhisperSource, 'config' | 'names'>;

export async function importEncoder(
  importer: WhisperImporter,
  { config, names }: Source,
  storage: LinearStorage,
): Promise<EncoderWeights> {
  const { hiddenSize, melBins, audioPositions } = config;
  const square = (name: LinearName, smoothing?: Float32Array) =>
    importer.linear([name], hiddenSize, hiddenSize, storage, { smoothing });
  // Errors of these go straight to what the decoder hears; they are a seventh of the work.
  const exact = storage === 'rows' ? 'exact-blocks' : storage;
  const layers: EncoderLayerWeights[] = [];
  for (let index = 0; index < config.encoderLayers; index++) {
    const layer = names.encoderLayer(index);
    const readers = [layer.query, layer.key, layer.value].map((name) => ({ name, outFeatures: hiddenSize }));
    const smoothing =
      storage === 'rows' ? await importer.smoothing(layer.attentionNorm, readers, hiddenSize) : undefined;
    layers.push({
      attentionNorm: await importer.norm(layer.attentionNorm, hiddenSize, smoothing),
      query: await square(layer.query, smoothing),
      key: await square(layer.key, smoothing),
      value: await square(layer.value, smoothing),
      attentionOutput: await importer.linear([layer.attentionOutput], hiddenSize, hiddenSize, exact),
      ...(await feedForward(importer, layer, hiddenSize, config.encoderFeedForwardSize, storage)),
    });
  }
  const cross = [];
  for (let index = 0; index < config.decoderLayers; index++) {
    const { crossKey, crossValue } = names.decoderLayer(index);
    cross.push({
      key: await importer.linear([crossKey], hiddenSize, hiddenSize, exact),
      value: await importer.linear([crossValue], hiddenSize, hiddenSize, exact),
    });
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
    const square = (name: LinearName, factor = 1) =>
      importer.linear([name], hiddenSize, hiddenSize, storage, { factor });
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
  const readers = [{ name: names.up, outFeatures: feedForwardSize }];
  const smoothing =
    storage === 'rows' ? await importer.smoothing(names.feedForwardNorm, readers, hiddenSize) : undefined;
  return {
    feedForwardNorm: await importer.norm(names.feedForwardNorm, hiddenSize, smoothing),
    up: await importer.linear([names.up], hiddenSize, feedForwardSize, storage, { smoothing }),
    down: await importer.linear([names.down], feedForwardSize, hiddenSize, storage),
  };
}
