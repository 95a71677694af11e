import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { FerrumError } from '@ferrum/registry/errors';
import type { DecoderConfig } from '../architecture/decoder-config.js';
import { buildDecoderGraph, type KvType } from '../architecture/decoder-graph.js';
import type { DecoderRecord } from '../import/decoder-record.js';
import { type DecoderGraphs, type DecoderGraphsOptions, openDecoderGraphs } from '../import/open-decoder-graphs.js';
import { loraAdjustment } from './lora-adjustment.js';

/**
 * Opens graphs of a model whose layers in `targets` take adapters: rows of `decode` each their own, those of `prefill`, where
 * it is a graph of its own, all the same.
 * @throws FerrumError `IO` when the model's folder in the cache cannot be written to
 */
export async function openLoraGraphs(
  directory: string,
  config: DecoderConfig,
  { decode, prefill }: DecoderRecord,
  targets: ReadonlySet<string>,
  options: DecoderGraphsOptions,
  kvType: KvType,
): Promise<DecoderGraphs> {
  // Weights are found from where a graph lies, so the graphs lie beside them while they are being opened.
  const id = randomUUID();
  const files = { decode: `lora-${id}.onnx`, prefill: `lora-prefill-${id}.onnx` };
  const save = async (file: string, graph: Uint8Array): Promise<void> => {
    const target = path.join(directory, file);
    await writeFile(target, graph).catch((cause: unknown) => {
      throw new FerrumError('IO', `${target} can't be written; adapters need a graph of their own there.`, { cause });
    });
  };
  try {
    const adjust = loraAdjustment(targets, { masked: true });
    await save(files.decode, buildDecoderGraph(config, decode, { kvType, adjust }));
    if (prefill && options.fastPrefill !== false) {
      const unmasked = loraAdjustment(targets, { masked: false });
      await save(files.prefill, buildDecoderGraph(config, prefill.weights, { kvType, adjust: unmasked }));
    }
    return await openDecoderGraphs(directory, options, kvType, files);
  } finally {
    await Promise.all(Object.values(files).map((file) => rm(path.join(directory, file), { force: true })));
  }
}
