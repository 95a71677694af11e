import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { PreparedModel } from '../../prepare-model.js';
import { OnnxModelRunner } from '../onnx-model-runner.js';
import type { KvArray } from './kv-cache.js';

/** What one step of an 8-bit key or value means: float32 [2 · layers, kvHeads, headDim], keys before values. */
export type KvScales = Float32Array;

const file = 'kv-scales.bin';

/** Values of other texts may be larger than those of ours. */
const headroom = 1.1;

/** Of keys and values that were all 0. */
const smallest = 1e-6;

/** The scales of a model: measured once, by running it on a text, and kept beside its graphs. */
export async function loadKvScales(
  { directory, config, tokenizer }: PreparedModel,
  options: { readonly threads: number; readonly libraryPath?: string },
): Promise<KvScales> {
  const location = path.join(directory, file);
  const channels = 2 * config.layers * config.kvHeads * config.headDim;
  const known = await readFile(location).catch(() => undefined);
  if (known?.byteLength === 4 * channels)
    return new Float32Array(known.buffer.slice(known.byteOffset, known.byteOffset + 4 * channels));
  const tokens = tokenizer.encode(calibrationText).slice(0, config.contextLength);
  const runner = await OnnxModelRunner.open(directory, config, { ...options, slots: 1, capacity: tokens.length });
  try {
    await runner.extend(0, tokens, 0, 'last');
    const data = runner.cache.newArray(tokens.length);
    await runner.cache.read(0, 0, tokens.length, data);
    const scales = scalesOf(data, tokens.length, config.headDim);
    // Whole or not at all; two processes write the same.
    const temporary = `${location}.${process.pid}`;
    try {
      await writeFile(temporary, new Uint8Array(scales.buffer));
      await rename(temporary, location);
    } finally {
      await rm(temporary, { force: true });
    }
    return scales;
  } finally {
    await runner.dispose();
  }
}

/** The largest magnitude of each channel becomes ± 127 steps. @param data [2 · layers · kvHeads, tokens, headDim] */
export function scalesOf(data: KvArray, tokens: number, headDim: number): KvScales {
  const scales = new Float32Array(data.length / tokens);
  for (let at = 0; at < data.length; at++) {
    const channel = Math.floor(at / (tokens * headDim)) * headDim + (at % headDim);
    const magnitude = (Math.abs(data[at] as number) * headroom) / 127;
    if (magnitude > (scales[channel] as number)) scales[channel] = magnitude;
  }
  return scales.map((scale) => Math.max(scale, smallest));
}

/** Prose, speech, numbers and code: what keys and values are measured on. */
const calibrationText = `The river rose in the night. By morning the lower fields were under water and the ferry had stopped.
"Has anyone seen the old bridge?" asked Martha. "It was still there at seven," said the postman, "but I would not trust it."
In 1987 the council had promised a new one, 42 metres long, for 3.5 million; nothing came of it, as usual.

def mean(values):
    total = 0.0
    for value in values:
        total += value
    return total / max(1, len(values))

Dear Mr. Okafor, thank you for your letter of 12 March. We regret that the order (no. 20-7741) was delayed and will refund
the postage. Please find enclosed: 1) a receipt, 2) the form, 3) our apologies. Yours sincerely, J. Lindqvist

{"name": "sensor-7", "unit": "hPa", "readings": [1013.2, 1009.8, 998.4], "ok": true}
Photosynthesis turns light, water and carbon dioxide into sugar and oxygen. Why, then, do leaves fall in autumn? Because
keeping them through the winter costs a tree more than growing new ones in spring.
La nuit, tous les chats sont gris. Wer rastet, der rostet. 水滴石穿。
- Buy milk, eggs & bread
- Call Dad @ 18:30
* * *
`;
