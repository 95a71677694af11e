import { access } from 'node:fs/promises';
import path from 'node:path';
import { OnnxRuntime, type Session } from '@ferrum/onnx';
import type { KvType } from '../architecture/decoder-graph.js';
import { graphFiles, prefillGraphFiles } from './import-model.js';

/** The graphs of an imported model. They share inputs, outputs and the cache's layout, so runs of both may alternate. */
export interface DecoderGraphs {
  /** For one row of each sequence. */
  readonly decode: Session;
  /** For many rows of one sequence; the same session where no graph of its own serves them better. */
  readonly prefill: Session;
  dispose(): Promise<void>;
}

export interface DecoderGraphsOptions {
  readonly threads: number;
  readonly libraryPath?: string;
  /** Default true. */
  readonly fastPrefill?: boolean;
}

/** @param files names of other graphs over the same weights. Default: those that the import wrote. */
export async function openDecoderGraphs(
  directory: string,
  { threads, libraryPath, fastPrefill = true }: DecoderGraphsOptions,
  kvType: KvType = 'float32',
  files = { decode: graphFiles[kvType] as string, prefill: prefillGraphFiles[kvType] as string },
): Promise<DecoderGraphs> {
  const runtime = OnnxRuntime.load(libraryPath === undefined ? {} : { libraryPath });
  const options = { intraOpThreads: threads };
  const prefillFile = path.join(directory, files.prefill);
  const isFast = fastPrefill && (await exists(prefillFile)) && (await runtime.multipliesBytesExactly());
  const decode = await runtime.openSession(path.join(directory, files.decode), options);
  try {
    const prefill = isFast ? await runtime.openSession(prefillFile, options) : decode;
    return {
      decode,
      prefill,
      dispose: async () => {
        await Promise.all([decode.dispose(), prefill.dispose()]);
      },
    };
  } catch (error) {
    await decode.dispose();
    throw error;
  }
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
