import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ExternalDataWriter } from '@ferrum/onnx';
import { buildDecoderGraph } from '../architecture/decoder-graph.js';
import { importDecoderWeights } from '../architecture/decoder-weights.js';
import { findOutlierChannels } from '../architecture/outlier-channels.js';
import { importPrefillWeights } from '../architecture/prefill-weights.js';
import { importVision } from '../vision/import-vision.js';
import type { WeightStorage } from '../weights/storage.js';
import { WeightImporter } from '../weights/weight-importer.js';
import { writeDecoderRecord } from './decoder-record.js';
import { openModelSource } from './model-source.js';

/** Part of every cache key: raise it when graphs or weight layouts change, so that old entries are not opened. */
export const importVersion = 10;

/** One graph per type of cache, over the same weights. */
export const graphFiles = { float32: 'decoder.onnx', int8: 'decoder-int8-cache.onnx' } as const;
/** The same decoder for many rows of one sequence; absent in float32 storage, which stays exact. */
export const prefillGraphFiles = { float32: 'prefill.onnx', int8: 'prefill-int8-cache.onnx' } as const;
export const weightsFile = 'weights.bin';

const kvTypes = ['float32', 'int8'] as const;

/**
 * Writes a model's graphs and their weights, laid out for the kernels, into a folder. One layer is in memory at a time, and
 * once the decoder itself, which a quantised import runs over a few tokens.
 * @param onTensor called with the tensors done and their number.
 * @param contextLength the most tokens that an engine will hold; undefined: all that the model was trained for
 */
export async function importModel(
  location: string,
  directory: string,
  storage: WeightStorage,
  onTensor: (completed: number, total: number) => void,
  libraryPath?: string,
  contextLength?: number,
): Promise<void> {
  const source = await openModelSource(location, contextLength);
  try {
    const writer = await ExternalDataWriter.create(path.join(directory, weightsFile));
    try {
      let completed = 0;
      const count = (): void => {
        completed += 1;
        onTensor(completed, source.weights.tensors.size);
      };
      const importer = new WeightImporter(source.weights, writer, storage, count);
      const { config, names, interleaved } = source;
      if (config.vision) await importVision(source.weights, config.vision, config.hiddenSize, directory, count);
      const weights = await importDecoderWeights(importer, writer, config, names, interleaved);
      for (const kvType of kvTypes) {
        await writeFile(path.join(directory, graphFiles[kvType]), buildDecoderGraph(config, weights, { kvType }));
      }
      // Experts get few rows each, so the layout for many rows gains nothing there.
      if (storage === 'float32' || config.experts) {
        await writeDecoderRecord(directory, { decode: weights });
        return;
      }
      const outliers = await findOutlierChannels(directory, config, weights, libraryPath);
      const prefill = await importPrefillWeights(importer, writer, config, names, interleaved, weights, outliers);
      for (const kvType of kvTypes) {
        const graph = buildDecoderGraph(config, prefill, { kvType });
        await writeFile(path.join(directory, prefillGraphFiles[kvType]), graph);
      }
      await writeDecoderRecord(directory, { decode: weights, prefill: { weights: prefill, outliers } });
    } finally {
      await writer.close();
    }
  } finally {
    await source.weights.close();
  }
}
