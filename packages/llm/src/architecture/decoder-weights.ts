import type { TensorRows } from '@ferrum/models';
import type { EmbeddingWeights, ExternalData, ExternalDataWriter, GatedMlpWeights, LinearWeights } from '@ferrum/onnx';
import { rotaryTable } from '@ferrum/onnx';
import { FerrumError } from '@ferrum/registry/errors';
import type { TensorNames } from '../weights/tensor-names.js';
import type { WeightImporter } from '../weights/weight-importer.js';
import type { DecoderConfig } from './decoder-config.js';

export interface DecoderWeights {
  readonly embedding: EmbeddingWeights;
  readonly layers: readonly DecoderLayerWeights[];
  readonly outputNorm: ExternalData;
  readonly head: LinearWeights;
  /** float32 [contextLength, headDim / 2]. */
  readonly cos: ExternalData;
  readonly sin: ExternalData;
}

export interface DecoderLayerWeights {
  readonly attentionNorm: ExternalData;
  readonly queryKeyValue: LinearWeights;
  readonly attentionOutput: LinearWeights;
  readonly mlpNorm: ExternalData;
  readonly mlp: GatedMlpWeights;
}

/** Tensors that may stand in a file although the graph computes them itself. */
const computed = /(^|\.)(rope_freqs\.weight|rotary_emb\.inv_freq)$/;

/** Imports every weight of a decoder. `interleaved`: the file orders Q and K rows for interleaved rotary pairs (GGUF). */
export async function importDecoderWeights(
  importer: WeightImporter,
  writer: ExternalDataWriter,
  config: DecoderConfig,
  names: TensorNames,
  interleaved: boolean,
): Promise<DecoderWeights> {
  const { hiddenSize, intermediateSize, heads, headDim, vocabularySize } = config;
  const embedding = await importer.embedding(names.embedding, vocabularySize, hiddenSize);
  const head = config.tiedEmbeddings
    ? await tiedHead(importer, names, embedding)
    : await importer.linear([{ name: names.head, rows: vocabularySize }], hiddenSize);
  const layers: DecoderLayerWeights[] = [];
  for (let index = 0; index < config.layers; index++) {
    const { attentionNorm, mlpNorm } = names.layer(index);
    const parts = layerParts(config, names, index, interleaved);
    layers.push({
      attentionNorm: await importer.vector(attentionNorm, hiddenSize),
      queryKeyValue: await importer.linear(parts.queryKeyValue, hiddenSize),
      attentionOutput: await importer.linear(parts.attentionOutput, heads * headDim),
      mlpNorm: await importer.vector(mlpNorm, hiddenSize),
      mlp: {
        gateUp: await importer.linear(parts.gateUp, hiddenSize),
        down: await importer.linear(parts.down, intermediateSize),
      },
    });
  }
  const outputNorm = await importer.vector(names.outputNorm, hiddenSize);
  const factors = importer.has('rope_freqs.weight')
    ? await importer.values('rope_freqs.weight', headDim / 2)
    : undefined;
  const rotary = { headDim, ...config.rotary, ...(factors ? { frequencyFactors: factors } : {}) };
  const { cos, sin } = rotaryTable(rotary, config.contextLength);
  const left = importer
    .unused()
    .filter((name) => !computed.test(name) && !(config.tiedEmbeddings && name === names.head));
  if (left.length > 0) {
    throw new FerrumError(
      'Unsupported',
      `The model has weights that a ${config.architecture} decoder does not use, such as "${left[0]}" ` +
        `(${left.length} in all); it is of another kind than its configuration says.`,
      { details: { tensors: left.slice(0, 20) } },
    );
  }
  return { embedding, layers, outputNorm, head, cos: await writer.add(cos), sin: await writer.add(sin) };
}

/** Which tensors' rows make up each linear layer. */
export function layerParts(
  config: DecoderConfig,
  names: TensorNames,
  index: number,
  interleaved: boolean,
): Record<'queryKeyValue' | 'attentionOutput' | 'gateUp' | 'down', readonly TensorRows[]> {
  const { hiddenSize, intermediateSize, heads, kvHeads, headDim } = config;
  const layer = names.layer(index);
  const order = interleaved ? { rowOrder: halfSplitRow(headDim) } : {};
  return {
    queryKeyValue: [
      { name: layer.query, rows: heads * headDim, ...order },
      { name: layer.key, rows: kvHeads * headDim, ...order },
      { name: layer.value, rows: kvHeads * headDim },
    ],
    attentionOutput: [{ name: layer.attentionOutput, rows: hiddenSize }],
    gateUp: [
      { name: layer.gate, rows: intermediateSize },
      { name: layer.up, rows: intermediateSize },
    ],
    down: [{ name: layer.down, rows: hiddenSize }],
  };
}

/** The head over the table's own bytes; a float32 table is the exception, for a product wants it transposed. */
async function tiedHead(importer: WeightImporter, names: TensorNames, table: EmbeddingWeights): Promise<LinearWeights> {
  const { hiddenSize: inFeatures, vocabularySize: outFeatures } = table;
  if (table.kind === 'float32') return importer.linear([{ name: names.embedding, rows: outFeatures }], inFeatures);
  const { kind, bits, blockSize, quants, scales } = table;
  return { kind, bits, blockSize, quants, scales, inFeatures, outFeatures };
}

/** In each head, GGUF puts half-split row i at 2i and row i + headDim / 2 at 2i + 1. */
function halfSplitRow(headDim: number): (row: number) => number {
  const half = headDim / 2;
  return (row) => {
    const within = row % headDim;
    return row - within + 2 * (within % half) + Math.floor(within / half);
  };
}
