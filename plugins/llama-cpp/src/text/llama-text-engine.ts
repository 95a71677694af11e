import type {
  EngineConfig,
  EngineMetrics,
  EngineStatus,
  HealthStatus,
  InferenceRequest,
  InferenceResponse,
  LlmInferenceEngine,
  ShutdownOptions,
  StreamChunk,
  TokenizeInput,
  TokenizeResult,
} from '@ferrum/interfaces';
import { EngineLife } from '@ferrum/registry/engine';
import { FerrumError } from '@ferrum/registry/errors';
import type { LlamaContext } from 'node-llama-cpp';
import type { CheckedTextOptions } from '../engine-options.js';
import { describeModel } from '../library/describe-model.js';
import type { LoadedModel } from '../library/load-model.js';
import { version } from '../version.js';
import { ChunkStream } from './chunk-stream.js';
import { ResponseCollector } from './collect-response.js';
import { generate } from './generate.js';
import { GenerationClock } from './generation-clock.js';
import { guardSampling } from './guard-sampling.js';
import { presets } from './presets.js';
import { type ChatTemplate, chatTemplateOf } from './prompt/chat-template.js';
import { encodePrompt } from './prompt/encode-prompt.js';
import { TextCodec } from './prompt/text-codec.js';
import { type CheckedRequest, checkRequest, defaultMaxTokens } from './request.js';
import { grammarOf } from './sampling/grammar.js';
import { SequencePool } from './sequence-pool.js';
import { TokenLatencies } from './token-latencies.js';
import { detokenize, tokenize } from './tokenize.js';

export interface LlamaTextEngineParts extends LoadedModel {
  readonly context: LlamaContext;
  readonly options: CheckedTextOptions;
  /** Tokens of one request, prompt and answer. */
  readonly contextLength: number;
}

/**
 * Text generation on llama.cpp. Requests run side by side on sequences of one context, which llama.cpp computes in common
 * steps; the event loop stays free, and a slow reader delays nobody.
 */
export class LlamaTextEngine implements LlmInferenceEngine {
  readonly specificationVersion = '1';
  readonly modelId: string;
  readonly #life: EngineLife;
  readonly #pool: SequencePool;
  readonly #codec: TextCodec;
  readonly #template: ChatTemplate | undefined;
  readonly #latencies = new TokenLatencies();
  /** Why a token could not be chosen, until it is told. */
  #complaints: string[] = [];
  #running = 0;
  #busySince = 0;

  constructor(private readonly parts: LlamaTextEngineParts) {
    const { context, model, manifest, label, options } = parts;
    guardSampling(context, (reason) => {
      this.#complaints = [reason];
    });
    this.#codec = new TextCodec(model);
    this.#template = chatTemplateOf(model, label);
    this.#pool = new SequencePool(Array.from({ length: options.maxSequences }, () => context.getSequence()));
    this.#life = new EngineLife({
      manifest,
      version,
      what: 'Generating',
      maxRequests: options.maxSequences + options.maxWaitingRequests,
      drainTimeoutMs: options.drainTimeoutMs,
      timedParts: ['tokenizationTimeMs', 'modelExecutionTimeMs'],
      dispose: async () => {
        await context.dispose();
        await model.dispose();
      },
    });
    this.#life.attach({
      waiting: () => this.#pool.waiting,
      metrics: () => ({ waitingRequests: this.#pool.waiting, runningRequests: this.#running }),
      idle: async () => {},
    });
    this.modelId = this.#life.modelId;
  }

  async infer(request: InferenceRequest): Promise<InferenceResponse> {
    const collector = new ResponseCollector();
    await this.#generate(request, (chunk) => collector.add(chunk));
    return collector.response();
  }

  inferStream(request: InferenceRequest): AsyncIterableIterator<StreamChunk> {
    return new ChunkStream((push, left) => this.#generate(request, push, left));
  }

  async tokenize(input: TokenizeInput): Promise<TokenizeResult> {
    this.#life.requireOpen();
    return tokenize(input, this.#promptModel);
  }

  async detokenize(tokens: readonly number[]): Promise<string> {
    this.#life.requireOpen();
    return detokenize(tokens, this.#promptModel);
  }

  async status(): Promise<EngineStatus> {
    const status = await this.#life.status();
    return { ...status, activeRequests: this.#running };
  }

  config(): EngineConfig {
    const { context, contextLength, options, manifest, model } = this.parts;
    const { maxSequences, maxWaitingRequests, batchSize } = options;
    return {
      ...describeModel(this.parts, { contextLength, threads: context.idealThreads, batchSize }),
      scheduler: { policy: 'priority', maxWaitingRequests, maxRunningRequests: maxSequences, enablePreemption: false },
      sampling: {
        defaultParams: {
          maxTokens: defaultMaxTokens,
          temperature: 1,
          topP: 1,
          repetitionPenalty: 1,
          presencePenalty: 0,
          frequencyPenalty: 0,
          stopSequences: [],
          ignoreEos: false,
          responseFormat: { type: 'text' },
          ...manifest.sampling,
        },
        presets: structuredClone(presets),
      },
      kvCache: {
        cacheType: 'contiguous',
        dtype: 'float16',
        enablePrefixCaching: !model.fileInsights.isRecurrent && !model.fileInsights.isHybrid,
      },
      batching: { maxBatchSize: maxSequences, enableContinuous: true, maxNumBatchedTokens: batchSize },
    };
  }

  metrics(): EngineMetrics {
    return { ...this.#life.metrics(), ...this.#latencies.metrics() };
  }

  healthCheck(): Promise<HealthStatus> {
    return this.#life.healthCheck();
  }

  /**
   * Takes no new requests, lets those in flight finish for `drainTimeoutMs`, ends the rest: what runs gets the finish reason
   * `cancelled` with what it has, what waits rejects with `Cancelled`.
   */
  shutdown(options?: ShutdownOptions): Promise<void> {
    return this.#life.shutdown(options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  get #promptModel() {
    return { codec: this.#codec, template: this.#template, contextLength: this.parts.contextLength };
  }

  async #generate(
    given: InferenceRequest,
    push: (chunk: StreamChunk) => void,
    left?: AbortSignal | undefined,
  ): Promise<void> {
    const clock = new GenerationClock(performance.now());
    await this.#life.call(undefined, async (ending) => {
      const { request, promptTokens } = this.#read(given);
      const { model, library, options, contextLength, label } = this.parts;
      const { responseFormat, maxTokens = defaultMaxTokens } = request.sampling;
      const grammar = await grammarOf(responseFormat, library);
      return this.#watched(() =>
        generate({
          request,
          promptTokens,
          grammar,
          model,
          codec: this.#codec,
          label,
          contextLength,
          maxTokens: Math.min(maxTokens, contextLength - promptTokens.length),
          batchSize: options.batchSize,
          pool: this.#pool,
          clock,
          ending,
          left,
          push,
          complaints: () => this.#complaints.splice(0),
          onBegin: () => this.#begin(clock),
        }),
      );
    });
  }

  #read(given: InferenceRequest): { readonly request: CheckedRequest; readonly promptTokens: readonly number[] } {
    const { recommended, codec } = { recommended: this.parts.manifest.sampling, codec: this.#codec };
    const isEndOfGeneration = (token: number) => codec.isEndOfGeneration(token);
    const request = checkRequest(given, { recommended, vocabularySize: codec.vocabularySize, isEndOfGeneration });
    const from = performance.now();
    const promptTokens = encodePrompt(request.input, this.#promptModel);
    this.#life.recorder.addTime('tokenizationTimeMs', performance.now() - from);
    return { request, promptTokens };
  }

  /** Remembers a failure of llama.cpp until the next run that is none. */
  async #watched(work: () => Promise<number>): Promise<number> {
    try {
      return await work();
    } catch (error) {
      if (FerrumError.isInstance(error) && error.code === 'Backend') this.#life.recorder.backendError = error;
      throw error;
    }
  }

  /** Counts the time in which at least one request runs. */
  #begin(clock: GenerationClock): () => void {
    const begunAt = performance.now();
    this.#life.recorder.leftQueue(begunAt - clock.startedAt);
    if (this.#running === 0) this.#busySince = begunAt;
    this.#running += 1;
    return () => {
      this.#running -= 1;
      this.#latencies.add(clock);
      if (this.#running === 0) this.#life.ran(performance.now() - this.#busySince);
    };
  }
}
