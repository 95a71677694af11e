import type { ExternalData, ExternalDataWriter } from '@ferrum/onnx';
import { importRowQuantized, outlierScale } from '../weights/row-quantized-layer.js';
import type { TensorNames } from '../weights/tensor-names.js';
import type { WeightImporter } from '../weights/weight-importer.js';
import type { DecoderConfig } from './decoder-config.js';
import { type DecoderLayerWeights, type DecoderWeights, layerParts, normGains } from './decoder-weights.js';
import type { LayerOutliers } from './outlier-channels.js';

/**
 * A decoder's weights for many rows: 8 bits with one scale per output, outlier channels in float32. The MLP's inner values
 * have spikes in other channels with every token, so these are rotated besides. What is not a layer stays as it is.
 */
export async function importPrefillWeights(
  importer: WeightImporter,
  writer: ExternalDataWriter,
  config: DecoderConfig,
  names: TensorNames,
  interleaved: boolean,
  weights: DecoderWeights,
  outliers: readonly LayerOutliers[],
): Promise<DecoderWeights> {
  const { hiddenSize, intermediateSize, heads, headDim } = config;
  const rotation = rotationOf(intermediateSize);
  const norm = async (name: string, channels: readonly number[]): Promise<ExternalData> => {
    const gains = await normGains(importer, names, name, hiddenSize);
    for (const channel of channels) gains[channel] = (gains[channel] as number) * outlierScale;
    return writer.add(gains);
  };
  const layers: DecoderLayerWeights[] = [];
  for (const [index, { queryKeyValue, gateUp, down }] of outliers.entries()) {
    const parts = layerParts(config, names, index, interleaved);
    const { attentionNorm, mlpNorm } = names.layer(index);
    // The up projection's row i is the factor that makes channel i of the down projection's input small.
    const scaledOutputs = new Set(down.map((channel) => intermediateSize + channel));
    layers.push({
      ...(weights.layers[index] as DecoderLayerWeights),
      attentionNorm: await norm(attentionNorm, queryKeyValue),
      queryKeyValue: await importRowQuantized(importer, writer, parts.queryKeyValue, hiddenSize, {
        outliers: queryKeyValue,
      }),
      attentionOutput: await importRowQuantized(importer, writer, parts.attentionOutput, heads * headDim, {}),
      mlpNorm: await norm(mlpNorm, gateUp),
      mlp: {
        gateUp: await importRowQuantized(importer, writer, parts.gateUp, hiddenSize, {
          outliers: gateUp,
          scaledOutputs,
        }),
        down: await importRowQuantized(importer, writer, parts.down, intermediateSize, { outliers: down, rotation }),
      },
    });
  }
  return { ...weights, layers };
}

/** The largest power of two that divides the size, up to 64: wider blocks were not measurably better. */
function rotationOf(size: number): number {
  let rotation = 1;
  while (rotation < 64 && size % (2 * rotation) === 0) rotation *= 2;
  return rotation;
}
