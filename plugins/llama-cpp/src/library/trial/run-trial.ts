import { availableParallelism } from 'node:os';
import { FerrumError } from '@ferrum/registry/errors';
import type { LlamaModel, Token } from 'node-llama-cpp';
import { encoders } from '../../match.js';
import { TextCodec } from '../../text/prompt/text-codec.js';
import { contextFailure, modelFailure, runFailure } from '../failures.js';
import { type LlamaLibrary, loadLlama } from '../llama.js';
import { requireMetadata } from './require-metadata.js';
import type { Trial } from './trial-messages.js';

/** The machine has other work: no more, and at most every other core. */
const mostThreads = 4;
const contextSize = 64;
/** Tokens of the prompt. */
const promptLength = 8;

/**
 * Does once, small, all that an engine does with a file. What is wrong with the file throws, or ends the process.
 * @throws FerrumError `Model`, `Backend`, `ResourceExhausted` …
 */
export async function runTrial(trial: Trial, onProgress: (share: number) => void): Promise<void> {
  const { file, label, use } = trial;
  await requireMetadata(file);
  const library = await libraryFor(trial);
  const model = await load(library, trial, onProgress);
  const { hasEncoder, hasDecoder } = model.fileInsights;
  // Opening refuses it.
  if (hasEncoder && hasDecoder) return;
  const compute = use === 'embedding' || encoders.has(model.architecture) ? embed : generate;
  const threads = Math.min(mostThreads, trial.options.threads ?? Math.ceil(availableParallelism() / 2));
  try {
    const tokens = useVocabulary(model);
    await compute({ model, library, label, file, threads, tokens });
  } catch (error) {
    throw FerrumError.isInstance(error) ? error : modelFailure(label, file, error, []);
  }
}

interface Computation {
  readonly model: LlamaModel;
  readonly library: LlamaLibrary;
  readonly label: string;
  readonly file: string;
  readonly threads: number;
  readonly tokens: readonly Token[];
}

/** A graphics card is left alone unless it was asked for: what is wrong with a file is wrong on the processor, too. */
async function libraryFor({ options: { gpu } }: Trial): Promise<LlamaLibrary> {
  if (gpu !== 'auto') return loadLlama(gpu);
  // Some platforms have no build for the processor alone.
  return loadLlama(false).catch(() => loadLlama('auto'));
}

function load(library: LlamaLibrary, { file, label, options }: Trial, onLoadProgress: (share: number) => void) {
  const { gpu, gpuLayers, flashAttention } = options;
  return library.watch(
    () =>
      library.llama.loadModel({
        modelPath: file,
        // Numbers that are none spread through all that is computed with them.
        checkTensors: true,
        ...(gpu === 'auto'
          ? { gpuLayers: 0, ignoreMemorySafetyChecks: true }
          : gpuLayers === undefined
            ? {}
            : { gpuLayers }),
        ...(flashAttention === undefined ? {} : { defaultContextFlashAttention: flashAttention }),
        onLoadProgress,
      }),
    (cause, lines) => modelFailure(label, file, cause, lines),
  );
}

/** Every token is written once. @returns a few tokens to compute with */
function useVocabulary(model: LlamaModel): readonly Token[] {
  const codec = new TextCodec(model);
  for (let token = 0; token < codec.vocabularySize; token++) {
    codec.decode([token]);
    codec.isEndOfGeneration(token);
  }
  const { before, after } = codec.surrounding;
  const tokens = [...before, ...codec.encode(sample), ...after].slice(0, promptLength);
  return (tokens.length > 0 ? tokens : [0]) as Token[];
}

/** Letters, digits, white space, other scripts, a character beyond 16 bits, and what is no text at all. */
const sample = 'Hello, world! It is 12:45.\n\tGrüße, мир, 你好 🦀 \u0000\uFFFD\uE000';

async function generate({ model, library, label, file, threads, tokens }: Computation): Promise<void> {
  const context = await library.watch(
    () =>
      model.createContext({
        contextSize,
        batchSize: contextSize,
        sequences: 1,
        threads,
        ignoreMemorySafetyChecks: true,
      }),
    (cause, lines) => contextFailure(label, cause, lines),
  );
  let generated = 0;
  const options = { temperature: 0, yieldEogToken: true };
  await library.watch(
    async () => {
      const answer = context.getSequence().evaluateWithMetadata([...tokens], { confidence: true }, options);
      // The first token is computed with the prompt, the second by itself.
      for await (const { confidence } of answer) {
        requireNumbers([confidence], file);
        if (++generated === 2) break;
      }
    },
    (cause, lines) => runFailure(label, cause, lines),
  );
}

/** `llama_pooling_type` of llama.cpp (llama.h): such models score pairs, and opening refuses them. */
const rankPooling = 4;

async function embed({ model, library, label, file, threads, tokens }: Computation): Promise<void> {
  const pooling: number | undefined = model.fileInfo.architectureMetadata.pooling_type;
  if (pooling === rankPooling) return;
  const context = await library.watch(
    () =>
      model.createEmbeddingContext({ contextSize, batchSize: contextSize, threads, ignoreMemorySafetyChecks: true }),
    (cause, lines) => contextFailure(label, cause, lines),
  );
  const { vector } = await library.watch(
    () => context.getEmbeddingFor([...tokens]),
    (cause, lines) => runFailure(label, cause, lines),
  );
  requireNumbers(vector, file);
}

function requireNumbers(values: readonly number[], file: string): void {
  if (values.every(Number.isFinite)) return;
  const message = `${file} is damaged: what llama.cpp computes with it are no numbers. Get the file anew.`;
  throw new FerrumError('Model', message, { details: { file } });
}
