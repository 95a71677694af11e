import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ExternalDataWriter } from '@ferrum/onnx';
import { buildDecoderGraph } from '../architecture/decoder-graph.js';
import { importDecoderWeights } from '../architecture/decoder-weights.js';
import type { WeightStorage } from '../weights/storage.js';
import { WeightImporter } from '../weights/weight-importer.js';
import { openModelSource } from './model-source.js';

/** Part of every cache key: raise it when graphs or weight layouts change, so that old entries are not opened. */
export const importVersion = 3;

/** One graph per type of cache, over the same weights. */
export const graphFiles = { float32: 'decoder.onnx', int8: 'decoder-int8-cache.onnx' } as const;
export const graphFile = graphFiles.float32;
export const weightsFile = 'weights.bin';

/**
 * Writes a model's graph and its weights, laid out for the kernels, into a folder. One tensor is in memory at a time.
 * @param onTensor called with the tensors done and their number.
 */
export async function importModel(
  location: string,
  directory: string,
  storage: WeightStorage,
  onTensor: (completed: number, total: number) => void,
): Promise<void> {
  const source = await openModelSource(location);
  try {
    const writer = await ExternalDataWriter.create(path.join(directory, weightsFile));
    try {
      let completed = 0;
      const importer = new WeightImporter(source.weights, writer, storage, () => {
        completed += 1;
        onTensor(completed, source.weights.tensors.size);
      });
      const weights = await importDecoderWeights(importer, writer, source.config, source.names, source.interleaved);
      for (const kvType of ['float32', 'int8'] as const) {
        await writeFile(path.join(directory, graphFiles[kvType]), buildDecoderGraph(source.config, weights, kvType));
      }
    } finally {
      await writer.close();
    }
  } finally {
    await source.weights.close();
  }
}
