import type {
  CallOptions,
  EmbeddingEncoding,
  EmbeddingResult,
  EmbeddingVectors,
  EmbedEngine,
  EmbedInput,
  EmbedOptions,
  EmbedTextOptions,
  EngineConfig,
  EngineMetrics,
  EngineStatus,
  HealthStatus,
  ImageInput,
  ShutdownOptions,
} from '@ferrum/interfaces';
import { EngineLife } from '@ferrum/registry/engine';
import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';
import type { LlamaEmbeddingContext, Token } from 'node-llama-cpp';
import type { CheckedEmbedOptions } from '../engine-options.js';
import { describeModel } from '../library/describe-model.js';
import { runFailure } from '../library/failures.js';
import type { LoadedModel } from '../library/load-model.js';
import { version } from '../version.js';
import { checkEmbedCall, checkEmbedTextCall, checkSignal, type EmbedCall, type EmbedRules } from './embed-call.js';
import { finishVector } from './finish-vector.js';
import { TextReader } from './text-reader.js';

export interface LlamaEmbedEngineParts extends LoadedModel {
  readonly context: LlamaEmbeddingContext;
  readonly options: CheckedEmbedOptions;
  /** Tokens of the longest text. */
  readonly contextLength: number;
}

const what = 'Embedding';

/** Embeddings on llama.cpp: one text after the other, those of different callers in turn. */
export class LlamaEmbedEngine implements EmbedEngine {
  readonly specificationVersion = '1';
  readonly modelId: string;
  readonly #life: EngineLife;
  readonly #reader: TextReader;
  readonly #rules: EmbedRules;
  /** Texts handed over to llama.cpp. */
  #submitted = 0;
  #calls = 0;

  constructor(private readonly parts: LlamaEmbedEngineParts) {
    const { context, model, manifest, options, contextLength } = parts;
    this.#reader = new TextReader(model, contextLength);
    this.#rules = { dimensions: model.embeddingVectorSize, prompts: manifest.embedding?.prompts ?? {} };
    this.#life = new EngineLife({
      manifest,
      version,
      what,
      maxRequests: options.maxWaitingRequests + 1,
      drainTimeoutMs: options.drainTimeoutMs,
      timedParts: ['tokenizationTimeMs', 'modelExecutionTimeMs'],
      dispose: async () => {
        await context.dispose();
        await model.dispose();
      },
    });
    this.#life.attach({
      waiting: () => Math.max(0, this.#submitted - 1),
      metrics: () => ({ waitingTexts: Math.max(0, this.#submitted - 1) }),
      idle: async () => {},
    });
    this.modelId = this.#life.modelId;
  }

  get promptNames(): readonly string[] {
    return Object.keys(this.#rules.prompts);
  }

  async embedText(text: string, options: EmbedTextOptions = {}): Promise<Float32Array> {
    const { embeddings } = await this.#embed([text], checkEmbedTextCall(options, this.#rules), 'text');
    return embeddings[0] as Float32Array;
  }

  async embedTexts<E extends EmbeddingEncoding = 'float'>(
    texts: readonly EmbedInput[],
    options: EmbedOptions<E> = {},
  ): Promise<EmbeddingResult<E>> {
    if (!Array.isArray(texts)) {
      throw new FerrumError('RequestValidation', 'texts must be a list; use embedText for a single text.', {
        details: { input: 'texts' },
      });
    }
    // A copy: the list is read while the call goes on.
    return this.#embed([...texts], checkEmbedCall(options, this.#rules));
  }

  async embedImage(_image: ImageInput, options: CallOptions = {}): Promise<Float32Array> {
    checkSignal(options);
    this.#life.requireOpen();
    throw new FerrumError('Unsupported', `${this.modelId} reads only text; resolve an engine with the feature image.`);
  }

  embeddingDim(): number {
    return this.#rules.dimensions;
  }

  async status(): Promise<EngineStatus> {
    const status = await this.#life.status();
    // The texts of a call go one by one, so that as many calls wait as texts.
    return { ...status, activeRequests: this.#calls - status.queuedRequests };
  }

  config(): EngineConfig {
    const { context, contextLength, options } = this.parts;
    const settings = { contextLength, threads: context.model.llama.cpuMathCores, batchSize: contextLength };
    return {
      ...describeModel(this.parts, { ...settings, threads: options.threads ?? settings.threads }),
      scheduler: { policy: 'fcfs', maxWaitingRequests: options.maxWaitingRequests, maxRunningRequests: 1 },
    };
  }

  metrics(): EngineMetrics {
    return this.#life.metrics();
  }

  healthCheck(): Promise<HealthStatus> {
    return this.#life.healthCheck();
  }

  shutdown(options?: ShutdownOptions): Promise<void> {
    return this.#life.shutdown(options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  /** @param name of the only text, for errors; absent: texts are named by their index */
  async #embed<E extends EmbeddingEncoding>(
    inputs: readonly EmbedInput[],
    call: EmbedCall<E>,
    name?: string,
  ): Promise<EmbeddingResult<E>> {
    const embeddings: EmbeddingVectors[E][] = [];
    let promptTokens = 0;
    const normalizes = this.parts.manifest.embedding?.normalize ?? true;
    throwIfAborted(call.signal, what);
    await this.#life.call(call.signal, async (signal) => {
      this.#calls += 1;
      try {
        for (const [index, input] of inputs.entries()) {
          throwIfAborted(signal, what);
          const nameOf = name ?? `texts[${index}]`;
          const tokens = this.#read(input, call, nameOf);
          const vector = await this.#compute(tokens, nameOf);
          throwIfAborted(signal, what);
          embeddings.push(finishVector(vector, { ...call, normalizes }, nameOf));
          promptTokens += tokens.length;
          call.onProgress?.({ completed: index + 1, total: inputs.length });
        }
      } finally {
        this.#calls -= 1;
      }
      return promptTokens;
    });
    const { encoding, dimensions } = call;
    return { embeddings, encoding, dimensions, model: this.modelId, usage: { promptTokens } };
  }

  #read(input: EmbedInput, { prompt, truncate }: EmbedCall<EmbeddingEncoding>, name: string): readonly number[] {
    const from = performance.now();
    const tokens = this.#reader.read(input, prompt, truncate, name);
    this.#life.recorder.addTime('tokenizationTimeMs', performance.now() - from);
    return tokens;
  }

  /** The library computes one at a time, in the order in which they come. */
  async #compute(tokens: readonly number[], name: string): Promise<readonly number[]> {
    this.#submitted += 1;
    try {
      const from = performance.now();
      const { vector } = await this.parts.context.getEmbeddingFor([...tokens] as Token[]);
      this.#life.ran(performance.now() - from);
      return vector;
    } catch (cause) {
      const error = runFailure(name, cause);
      this.#life.recorder.backendError = error;
      throw error;
    } finally {
      this.#submitted -= 1;
    }
  }
}
