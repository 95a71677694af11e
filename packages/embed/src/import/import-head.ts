import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ExternalDataWriter } from '@ferrum/onnx';
import { buildHeadGraph } from '../architecture/head-graph.js';
import type { SentenceSettings } from '../model/sentence-settings.js';
import { denseSources, headOf } from '../model/text-source.js';
import { importHead } from './import-text.js';

/** The graph that pools what a ready-made encoder gives, within its folder. */
export const headGraph = 'head.onnx';
const weightsFile = 'head.bin';

/** Writes the pooling and the dense layers of sentence-transformers as a graph into a folder. */
export async function importSentenceHead(
  sentence: Pick<SentenceSettings, 'pooling' | 'dense'>,
  hiddenSize: number,
  directory: string,
): Promise<void> {
  const writer = await ExternalDataWriter.create(path.join(directory, weightsFile));
  try {
    const head = headOf(sentence);
    const weights = await importHead(head, denseSources(sentence), undefined, writer, () => {});
    await writeFile(path.join(directory, headGraph), buildHeadGraph(hiddenSize, head, weights));
  } finally {
    await writer.close();
  }
}
