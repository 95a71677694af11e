import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type ConversionOptions, convertInWorker, type TensorListener, TensorReader } from '@ferrum/models';
import { ExternalDataWriter } from '@ferrum/onnx';
import { buildDecoderGraph } from '../architecture/decoder-graph.js';
import { buildEncoderGraph } from '../architecture/encoder-graph.js';
import { openWhisperSource } from '../model/whisper-source.js';
import { importDecoder, importEncoder } from './import-weights.js';
import { WhisperImporter } from './whisper-importer.js';

/** Part of every cache key: raise it when graphs or weight layouts change, so that old entries are not opened. */
export const importVersion = 3;

/** How the weights are kept. */
export type WeightStorage = 'float32' | 'int8';

export const encoderFile = 'encoder.onnx';
export const decoderFile = 'decoder.onnx';

export interface ImportJob {
  readonly location: string;
  /** The model's own, with its configuration. */
  readonly folder: string;
  readonly storage: WeightStorage;
  readonly timestampBegin: number;
  /** To be filled. */
  readonly directory: string;
}

/** Runs the import in a thread of its own: repacking a model is seconds of pure computation. */
export function importInWorker(job: ImportJob, label: string, options: ConversionOptions): Promise<void> {
  return convertInWorker(new URL('./import-worker.js', import.meta.url), job, label, options);
}

/** Writes the model's two graphs, each with its weights, into the job's folder. */
export async function runImport(job: ImportJob, onTensor: TensorListener): Promise<void> {
  const { location, folder, storage, timestampBegin, directory } = job;
  const source = await openWhisperSource(location, folder);
  try {
    const total = source.weights.tensors.size;
    let completed = 0;
    const reader = new TensorReader(source.weights, () => {
      completed = Math.min(completed + 1, total);
      onTensor(completed, total);
    });
    await withWriter(path.join(directory, 'encoder.bin'), async (writer) => {
      const importer = new WhisperImporter(reader, writer);
      const weights = await importEncoder(importer, source, storage === 'int8' ? 'rows' : 'float32');
      await writeFile(path.join(directory, encoderFile), buildEncoderGraph(source.config, weights));
    });
    await withWriter(path.join(directory, 'decoder.bin'), async (writer) => {
      const importer = new WhisperImporter(reader, writer);
      const weights = await importDecoder(importer, source, storage === 'int8' ? 'blocks' : 'float32');
      await writeFile(path.join(directory, decoderFile), buildDecoderGraph(source.config, weights, timestampBegin));
    });
  } finally {
    await source.weights.close();
  }
}

async function withWriter(file: string, write: (writer: ExternalDataWriter) => Promise<void>): Promise<void> {
  const writer = await ExternalDataWriter.create(file);
  try {
    await write(writer);
  } finally {
    await writer.close();
  }
}
