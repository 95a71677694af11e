import type { TensorRows } from '@ferrum/models';
import type {
  EmbeddingWeights,
  ExpertWeights,
  ExternalData,
  ExternalDataWriter,
  GatedMlpWeights,
  LinearWeights,
} from '@ferrum/onnx';
import { rotaryTable } from '@ferrum/onnx';
import { FerrumError } from '@ferrum/registry/errors';
import type { LayerTensorNames, TensorNames } from '../weights/tensor-names.js';
import type { WeightImporter } from '../weights/weight-importer.js';
import type { DecoderConfig, ExpertsConfig, RotaryConfig } from './decoder-config.js';

export interface DecoderWeights {
  readonly embedding: EmbeddingWeights;
  readonly layers: readonly DecoderLayerWeights[];
  readonly outputNorm: ExternalData;
  readonly head: LinearWeights;
  readonly rotary: RotaryWeights;
  /** Of the layers that slide, where theirs differ. */
  readonly slidingRotary?: RotaryWeights;
}

export interface RotaryWeights {
  /** float32 [contextLength, columns], half as many columns as elements of each head are rotated. */
  readonly cos: ExternalData;
  readonly sin: ExternalData;
  readonly columns: number;
}

export interface DecoderLayerWeights {
  readonly attentionNorm: ExternalData;
  readonly queryKeyValue: LinearWeights;
  /** float32 [headDim]. */
  readonly queryNorm?: ExternalData;
  readonly keyNorm?: ExternalData;
  readonly attentionOutput: LinearWeights;
  readonly postAttentionNorm?: ExternalData;
  readonly mlpNorm: ExternalData;
  readonly mlp: GatedMlpWeights | ExpertWeights;
  readonly postMlpNorm?: ExternalData;
}

/** Tensors that may stand in a file although the graph computes them itself, or the configuration has them. */
const computed = /(^|\.)(rope_freqs\.weight|rope_factors_(short|long)\.weight|rotary_emb\.inv_freq)$/;

/** Imports every weight of a decoder. `interleaved`: the file orders Q and K rows for interleaved rotary pairs (GGUF). */
export async function importDecoderWeights(
  importer: WeightImporter,
  writer: ExternalDataWriter,
  config: DecoderConfig,
  names: TensorNames,
  interleaved: boolean,
): Promise<DecoderWeights> {
  const { hiddenSize, heads, headDim, vocabularySize } = config;
  const embedding = await importer.embedding(names.embedding, vocabularySize, hiddenSize);
  const head = config.tiedEmbeddings
    ? await tiedHead(importer, names, embedding)
    : await importer.linear([{ name: names.head, rows: vocabularySize }], hiddenSize);
  const norm = async (name: string, size = hiddenSize): Promise<ExternalData> =>
    writer.add(await normGains(importer, names, name, size));
  const layers: DecoderLayerWeights[] = [];
  for (let index = 0; index < config.layers; index++) {
    const layer = names.layer(index);
    const parts = layerParts(config, names, index, interleaved);
    layers.push({
      attentionNorm: await norm(layer.attentionNorm),
      queryKeyValue: await importer.linear(parts.queryKeyValue, hiddenSize),
      ...(config.queryKeyNorm
        ? { queryNorm: await norm(layer.queryNorm, headDim), keyNorm: await norm(layer.keyNorm, headDim) }
        : {}),
      attentionOutput: await importer.linear(parts.attentionOutput, heads * headDim),
      ...(config.sandwichNorms ? { postAttentionNorm: await norm(layer.postAttentionNorm) } : {}),
      mlpNorm: await norm(layer.mlpNorm),
      mlp: config.experts
        ? await importExperts(importer, config, config.experts, layer)
        : {
            gateUp: await importer.linear(parts.gateUp, hiddenSize),
            down: await importer.linear(parts.down, config.intermediateSize),
          },
      ...(config.sandwichNorms ? { postMlpNorm: await norm(layer.postMlpNorm) } : {}),
    });
  }
  const outputNorm = await norm(names.outputNorm);
  const { rotary, slidingRotary } = config;
  const tables = async (of: RotaryConfig): Promise<RotaryWeights> => {
    const columns = (of.dimensions ?? headDim) / 2;
    const factors = importer.has('rope_freqs.weight') ? await importer.values('rope_freqs.weight', columns) : undefined;
    const options = { ...of, headDim: 2 * columns, ...(factors ? { frequencyFactors: factors } : {}) };
    const { cos, sin } = rotaryTable(options, config.contextLength);
    return { cos: await writer.add(cos), sin: await writer.add(sin), columns };
  };
  const rotaries = {
    rotary: await tables(rotary),
    ...(slidingRotary ? { slidingRotary: await tables(slidingRotary) } : {}),
  };
  const left = importer
    .unused()
    .filter((name) => !computed.test(name) && !names.ignored?.test(name))
    .filter((name) => !(config.tiedEmbeddings && name === names.head));
  if (left.length > 0) {
    throw new FerrumError(
      'Unsupported',
      `The model has weights that a ${config.architecture} decoder does not use, such as "${left[0]}" ` +
        `(${left.length} in all); it is of another kind than its configuration says.`,
      { details: { tensors: left.slice(0, 20) } },
    );
  }
  return { embedding, layers, outputNorm, head, ...rotaries };
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
    queryKeyValue: layer.queryKeyValue
      ? [{ name: layer.queryKeyValue, rows: (heads + 2 * kvHeads) * headDim }]
      : [
          { name: layer.query, rows: heads * headDim, ...order },
          { name: layer.key, rows: kvHeads * headDim, ...order },
          { name: layer.value, rows: kvHeads * headDim },
        ],
    attentionOutput: [{ name: layer.attentionOutput, rows: hiddenSize }],
    gateUp: layer.gateUp
      ? [{ name: layer.gateUp, rows: 2 * intermediateSize }]
      : [
          { name: layer.gate, rows: intermediateSize },
          { name: layer.up, rows: intermediateSize },
        ],
    down: [{ name: layer.down, rows: hiddenSize }],
  };
}

/** The gains of a norm. */
export async function normGains(
  importer: WeightImporter,
  { normOffset = 0 }: TensorNames,
  name: string,
  size: number,
): Promise<Float32Array> {
  const gains = await importer.values(name, size);
  return normOffset === 0 ? gains : gains.map((gain) => gain + normOffset);
}

async function importExperts(
  importer: WeightImporter,
  { hiddenSize }: DecoderConfig,
  { count, intermediateSize }: ExpertsConfig,
  layer: LayerTensorNames,
): Promise<ExpertWeights> {
  const experts: GatedMlpWeights[] = [];
  for (let expert = 0; expert < count; expert++) {
    const parts = layer.expert(expert, { count, intermediateSize, hiddenSize });
    experts.push({
      gateUp: await importer.linear(parts.gateUp, hiddenSize),
      down: await importer.linear(parts.down, intermediateSize),
    });
  }
  // Which experts a token gets hangs on small differences, so its numbers stay as they are.
  const router = await importer.floatLinear([{ name: layer.router, rows: count }], hiddenSize);
  return { router, experts };
}

/** The head over the table's own bytes; a float32 table is the exception, for a product wants it transposed. */
async function tiedHead(importer: WeightImporter, names: TensorNames, table: EmbeddingWeights): Promise<LinearWeights> {
  const { hiddenSize: inFeatures, vocabularySize: outFeatures } = table;
  if (table.kind === 'float32') return importer.linear([{ name: names.embedding, rows: outFeatures }], inFeatures);
  const { kind, bits, blockSize, quants, scales, offsets } = table;
  return { kind, bits, blockSize, quants, scales, inFeatures, outFeatures, ...(offsets ? { offsets } : {}) };
}

/** In each head, GGUF puts half-split row i at 2i and row i + headDim / 2 at 2i + 1. */
export function halfSplitRow(headDim: number): (row: number) => number {
  const half = headDim / 2;
  return (row) => {
    const within = row % headDim;
    return row - within + 2 * (within % half) + Math.floor(within / half);
  };
}
