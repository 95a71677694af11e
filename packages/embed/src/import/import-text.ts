import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { openSafetensors, TensorReader, type WeightFile } from '@ferrum/models';
import { ExternalDataWriter } from '@ferrum/onnx';
import type { HeadConfig, HeadLayerWeights } from '../architecture/head.js';
import {
  buildTextEncoderGraph,
  type TextEncoderGraphOptions,
  type TextEncoderWeights,
} from '../architecture/text-encoder-graph.js';
import type { TextInput } from '../engine/text-tensors.js';
import type { HeadLayerSource, TextSource } from '../model/text-source.js';
import { importTextEncoder } from '../weights/import-text-encoder.js';
import type { LayerInputs } from '../weights/import-transformer.js';
import { LayerImporter, type WeightStorage } from '../weights/layer-importer.js';
import { observedOutput, observeInputs, runSamples } from './observe-inputs.js';
import { requireQuality } from './quality.js';

/** The graph of an imported text encoder, within its folder. */
export const textGraph = 'text.onnx';
const weightsFile = 'text.bin';

export interface TextImport {
  readonly source: TextSource;
  /** Whether texts have tokens of several types. */
  readonly readsTypes: boolean;
  readonly storage: WeightStorage;
  /** What 8-bit storage is measured with. */
  readonly samples: readonly TextInput[];
  /** What a result is, for the measure. */
  readonly result: 'vector' | 'score';
  readonly libraryPath?: string | undefined;
}

/**
 * Writes the graph and weights of a text encoder into a folder. For 8-bit storage the encoder is written in float32 first, and
 * run over the samples: to see how large the values are that its products read, and to compare results at the end.
 * @throws FerrumError `Unsupported` when 8 bits change the results too much
 */
export async function importText(job: TextImport, directory: string, onTensor: (name: string) => void): Promise<void> {
  if (job.storage === 'float32') {
    await write(job, 'float32', directory, onTensor);
    return;
  }
  const scratch = path.join(directory, 'float32');
  await mkdir(scratch);
  await write(job, 'float32', scratch, onTensor, undefined, { observedOutput });
  const observed = await observeInputs(path.join(scratch, textGraph), job);
  await rm(scratch, { recursive: true });
  await write(job, 'int8', directory, () => {}, observed.inputs);
  const results = await runSamples(path.join(directory, textGraph), job);
  requireQuality(job.result, observed.results, results);
}

async function write(
  { source, readsTypes }: TextImport,
  storage: WeightStorage,
  directory: string,
  onTensor: (name: string) => void,
  inputs?: readonly LayerInputs[],
  options?: TextEncoderGraphOptions,
): Promise<void> {
  const writer = await ExternalDataWriter.create(path.join(directory, weightsFile));
  try {
    const { config, weights: from } = source;
    const importer = new LayerImporter(new TensorReader(from, onTensor), writer, storage, config.hasBiases);
    const encoder = await importTextEncoder(importer, source.config, source.names, readsTypes, inputs);
    const head = await importHead(source.head, source.headLayers, source.weights, writer, onTensor);
    const weights: TextEncoderWeights = { ...encoder, head };
    await writeFile(
      path.join(directory, textGraph),
      buildTextEncoderGraph(source.config, source.head, weights, options),
    );
  } finally {
    await writer.close();
  }
}

/** Dense layers are small and come last, where rounding would show: they stay float32. */
export async function importHead(
  { layers }: HeadConfig,
  sources: readonly HeadLayerSource[],
  weights: WeightFile | undefined,
  writer: ExternalDataWriter,
  onTensor: (name: string) => void,
): Promise<HeadLayerWeights[]> {
  const imported: HeadLayerWeights[] = [];
  for (const [index, { file, linear, hasBias, norm }] of sources.entries()) {
    const layer = layers[index];
    if (!layer) continue;
    const own = file === undefined ? undefined : await openSafetensors(file);
    const from = own ?? weights;
    if (!from) continue;
    try {
      const importer = new LayerImporter(new TensorReader(from, onTensor), writer, 'float32', hasBias);
      imported.push({
        linear: await importer.linear({ name: linear }, layer.inFeatures, layer.outFeatures),
        ...(norm === undefined ? {} : { norm: await importer.norm(norm, layer.outFeatures) }),
      });
    } finally {
      await own?.close();
    }
  }
  return imported;
}
