import { mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { TensorReader } from '@ferrum/models';
import { ExternalDataWriter } from '@ferrum/onnx';
import { buildTextEncoderGraph } from '../architecture/text-encoder-graph.js';
import { openSession } from '../engine/open-session.js';
import { TextRunner } from '../engine/text-runner.js';
import { importHead } from '../import/import-text.js';
import { openTextSource } from '../model/text-source.js';
import { importTextEncoder } from '../weights/import-text-encoder.js';
import { LayerImporter } from '../weights/layer-importer.js';

/** The last hidden states that a model's graph computes of a batch: of each text float32 [tokens, hiddenSize]. */
export async function hiddenStates(
  location: string,
  texts: readonly (readonly number[])[],
  folder: string,
): Promise<Float32Array[]> {
  const source = await openTextSource(location, 'embedding');
  const directory = mkdtempSync(path.join(folder, 'graph-'));
  const writer = await ExternalDataWriter.create(path.join(directory, 'weights.bin'));
  const importer = new LayerImporter(new TensorReader(source.weights, () => {}), writer, 'float32');
  const encoder = await importTextEncoder(importer, source.config, source.names, false);
  const head = await importHead(source.head, source.headLayers, source.weights, writer, () => {});
  await writer.close();
  const file = path.join(directory, 'encoder.onnx');
  const weights = { ...encoder, head };
  writeFileSync(file, buildTextEncoderGraph(source.config, source.head, weights, { hiddenOutput: 'hidden' }));
  await source.weights.close();
  const runner = new TextRunner(await openSession(file, { threads: 1 }), source.head.modes);
  const inputs = texts.map((ids) => ({ ids, pooledFrom: 0 }));
  const { others } = await runner.runWith(inputs, ['hidden']);
  await runner.dispose();
  const { hiddenSize } = source.config;
  const stride = Math.max(...texts.map((ids) => ids.length)) * hiddenSize;
  const hidden = others.get('hidden') as Float32Array;
  return texts.map((ids, row) => hidden.slice(row * stride, row * stride + ids.length * hiddenSize));
}
