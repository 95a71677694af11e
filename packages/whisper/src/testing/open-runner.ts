import { mkdtempSync } from 'node:fs';
import path from 'node:path';
import { loadTokenizer } from '@ferrum/models';
import { OnnxRuntime, Tensor } from '@ferrum/onnx';
import { encoderNames } from '../architecture/encoder-graph.js';
import type { WhisperConfig } from '../architecture/whisper-config.js';
import { OnnxWhisperRunner } from '../engine/onnx-whisper-runner.js';
import { encoderFile, runImport, type WeightStorage } from '../import/import-job.js';
import { openWhisperSource } from '../model/whisper-source.js';
import { createWhisperTokens, type WhisperTokens } from '../tokens/whisper-tokens.js';

export interface OpenRunner {
  readonly runner: OnnxWhisperRunner;
  readonly config: WhisperConfig;
  readonly tokens: WhisperTokens;
  /** What the encoder gives: float32 [audioPositions, hiddenSize]. */
  readonly hidden: (mel: Float32Array) => Promise<Float32Array>;
}

export interface RunnerToOpen {
  readonly storage?: WeightStorage;
  readonly maxWindows?: number;
  readonly maxRows?: number;
  readonly threads?: number;
}

/** Imports a model's folder and opens its graphs, in this thread. @param folder where the graphs are written */
export async function openRunner(location: string, folder: string, options: RunnerToOpen = {}): Promise<OpenRunner> {
  const { storage = 'float32', maxWindows = 4, maxRows = 20, threads = 1 } = options;
  const directory = mkdtempSync(path.join(folder, 'graphs-'));
  const source = await openWhisperSource(location, location);
  const { config, generationConfig } = source;
  await source.weights.close();
  const { vocabularySize } = config;
  const tokens = createWhisperTokens(await loadTokenizer(location), { vocabularySize, generationConfig });
  const job = { location, folder: location, storage, timestampBegin: tokens.timestampBegin, directory };
  await runImport(job, () => {});
  const runner = await OnnxWhisperRunner.open(directory, config, { threads, maxWindows, maxRows });
  const hidden = async (mel: Float32Array) => {
    const session = await OnnxRuntime.load().openSession(path.join(directory, encoderFile));
    const input = Tensor.from('float32', [1, config.melBins, 2 * config.audioPositions], mel.slice());
    const { [encoderNames.hidden]: output } = await session.run({ [encoderNames.mel]: input }, [encoderNames.hidden]);
    await session.dispose();
    return output?.data as Float32Array;
  };
  return { runner, config, tokens, hidden };
}
