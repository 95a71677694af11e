import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { TensorReader } from '@ferrum/models';
import { ExternalDataWriter } from '@ferrum/onnx';
import { buildVisionEncoderGraph } from '../architecture/vision-encoder-graph.js';
import type { JointSource } from '../model/joint-source.js';
import { importVisionEncoder } from '../weights/import-vision-encoder.js';
import { LayerImporter } from '../weights/layer-importer.js';
import { importHead } from './import-text.js';

/** Files of an imported image encoder, within its folder. */
export const visionGraph = 'vision.onnx';
const weightsFile = 'vision.bin';

/** Writes the graph and weights of an image encoder into a folder. */
export async function importVision(
  { weights, config, visionHead, visionHeadLayers }: JointSource,
  directory: string,
  onTensor: (name: string) => void,
): Promise<void> {
  const writer = await ExternalDataWriter.create(path.join(directory, weightsFile));
  try {
    const reader = new TensorReader(weights, onTensor);
    const importer = new LayerImporter(reader, writer, 'float32', config.vision.hasBiases);
    const encoder = await importVisionEncoder(importer, config.vision);
    const head = await importHead({ modes: [], layers: visionHead }, visionHeadLayers, weights, writer, onTensor);
    const graph = buildVisionEncoderGraph(config.vision, visionHead, { ...encoder, head });
    await writeFile(path.join(directory, visionGraph), graph);
  } finally {
    await writer.close();
  }
}
