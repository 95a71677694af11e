import type { InferenceRequest } from '@ferrum/interfaces';
import type { ChatTemplate, Tokenizer } from '@ferrum/models';
import { abortable } from '@ferrum/registry/concurrency';
import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';
import type { AnswerPlan } from '../chat/answer-plan.js';
import type { CompiledConstraint, ConstraintEngine } from '../constraint/constraint-engine.js';
import type { LoadedAdapters } from '../lora/loaded-adapters.js';
import { TokenSampler } from '../sampling/token-sampler.js';
import type { EncodedImage, ImageEncoder } from '../vision/image-encoder.js';
import { seeImages } from '../vision/see-images.js';
import { answerOf } from './answer-of.js';
import { type PromiseWithResolvers, withResolvers } from './chunk-queue.js';
import { promptText, type ReadPrompt, readPrompt, requirePlausibleImages } from './encode-prompt.js';
import type { EngineRecorder } from './engine-recorder.js';
import type { EngineSettings } from './engine-settings.js';
import { invalidState, kvArrayOf, type RestorableRequest } from './engine-state.js';
import { Generation, type GenerationSink } from './generation.js';
import { invalid } from './invalid.js';
import type { ModelRunner } from './model-runner.js';
import { blind, type CheckedRequest, checkRequest, defaultMaxTokens } from './request.js';
import type { Scheduler } from './scheduling/scheduler.js';
import { Sequence } from './sequence.js';
import type { Speculation } from './speculation/speculation.js';
import type { StepLoop } from './step-loop.js';
import { watchTimeLimit } from './time-limit.js';
import { tokenLabel } from './token-labels.js';

export interface BatchSubmitterParts {
  readonly config: { readonly vocabularySize: number };
  readonly tokenizer: Tokenizer;
  readonly template: ChatTemplate | undefined;
  readonly contextLength: number;
  readonly runner: ModelRunner;
  readonly scheduler: Scheduler<Sequence>;
  readonly recorder: EngineRecorder;
  readonly loop: StepLoop;
  readonly constraints: ConstraintEngine;
  readonly adapters: LoadedAdapters;
  /** Of a model that sees. */
  readonly images?: ImageEncoder | undefined;
  /** Fires when the engine shuts down. */
  readonly closing: AbortSignal;
  readonly settings: () => EngineSettings;
  /** @throws FerrumError `Cancelled` once the engine is shut down. */
  readonly requireOpen: () => void;
}

export interface SubmitOptions {
  readonly isStream?: boolean;
  readonly speculation?: Speculation;
  /** Those of the conversation, in its order: see `see`. */
  readonly images?: readonly EncodedImage[];
  /** When the caller asked, of `performance.now()`. Default: now. */
  readonly startedAt?: number;
}

/** The longest time-out that a timer takes, about 25 days. */
const longestTimer = 2 ** 31 - 1;

/** Turns requests into generations and knows those that are not over. */
export class BatchSubmitter {
  readonly #active = new Map<Generation, InferenceRequest>();
  #arrivals = 0;
  /** Requests whose images are being read: they take places in the queue. */
  #seeing = 0;
  #onDrained: (() => void) | undefined;
  #room: PromiseWithResolvers<void> | undefined;

  constructor(private readonly parts: BatchSubmitterParts) {}

  /** Generations that are not over, with the requests they come from. */
  get active(): ReadonlyMap<Generation, InferenceRequest> {
    return this.#active;
  }

  /** Requests that have begun, and those that wait for their first slot or to get one back. */
  counts(): { readonly activeRequests: number; readonly queuedRequests: number } {
    let activeRequests = 0;
    for (const { sequences } of this.#active.keys()) {
      if (sequences.some(({ slot }) => slot !== undefined)) activeRequests += 1;
    }
    return { activeRequests, queuedRequests: this.#active.size - activeRequests };
  }

  /** @throws FerrumError for a request that cannot be taken: invalid, too long, cancelled, or too many are waiting. */
  submit(
    request: InferenceRequest,
    sink: GenerationSink,
    { isStream = false, speculation, images = [], startedAt = performance.now() }: SubmitOptions = {},
  ): Generation {
    let id: string | undefined;
    try {
      const checked = this.check(request, { isStream, isSpeculative: speculation !== undefined });
      id = checked.id;
      throwIfAborted(checked.signal, 'The generation');
      this.#requireRoom();
      const { recorder } = this.parts;
      const encodeFrom = performance.now();
      const prompt = readPrompt(checked, this.parts, images);
      recorder.addTime('tokenizationTimeMs', performance.now() - encodeFrom);
      const { generation, start } = this.#prepare(request, checked, prompt, sink, startedAt, speculation);
      start();
      return generation;
    } catch (cause) {
      throw this.#refusal(cause, id);
    }
  }

  /**
   * Reads the images of a request, which takes a while, before it is submitted.
   * @param isQueued whether the request takes a place in the queue
   * @throws FerrumError as `submit` does, and for an image that cannot be read
   */
  async see(
    request: InferenceRequest,
    { startedAt, isSpeculative, isQueued = true }: { startedAt: number; isSpeculative?: boolean; isQueued?: boolean },
  ): Promise<readonly EncodedImage[]> {
    let id: string | undefined;
    this.#seeing += 1;
    try {
      const checked = this.check(request, { ...(isSpeculative === undefined ? {} : { isSpeculative }) });
      id = checked.id;
      throwIfAborted(checked.signal, 'The generation');
      if (isQueued) this.#requireRoom(this.#seeing - 1);
      const { images, closing } = this.parts;
      if (!images || checked.input.kind !== 'chat') return [];
      requirePlausibleImages(checked.input.messages, this.parts);
      return await seeImages(checked, images, startedAt, closing);
    } catch (cause) {
      throw this.#refusal(cause, id);
    } finally {
      this.#seeing -= 1;
    }
  }

  #refusal(cause: unknown, id: string | undefined): FerrumError {
    const error = FerrumError.isInstance(cause)
      ? cause
      : new FerrumError('Internal', `The request could not be taken: ${String(cause)}`, { cause });
    this.parts.recorder.failed(error, id, { tokens: 0, wasComputed: false, phase: 'submit' });
    return error;
  }

  /**
   * Understands a request of an exported state, without starting it.
   * @returns starts it where it stopped
   */
  prepareRestored(
    restorable: RestorableRequest,
    sink: GenerationSink,
    images: readonly EncodedImage[],
  ): () => Generation {
    const { runner } = this.parts;
    const { request, promptTokens, allocatedResources, kvCache, progress } = restorable;
    const checked = this.check(request);
    const { choices, promptLogprobs, kvChoice = 0 } = allocatedResources;
    this.#requirePlausible(restorable, checked);
    const read =
      checked.input.kind === 'chat'
        ? readPrompt(checked, this.parts, images)
        : { tokens: promptTokens, images: [], plan: undefined, constraint: checked.constraint };
    if (read.images.length > 0 && read.tokens.join() !== promptTokens.join()) {
      throw invalidState('has other tokens than its messages and their images give');
    }
    const prompt = { ...read, tokens: promptTokens };
    const { generation, start } = this.#prepare(request, checked, prompt, sink, performance.now(), undefined);
    if (choices.length > 1) generation.fork();
    if (promptLogprobs) generation.promptLogprobs = promptLogprobs;
    for (const [index, { tokens, logprobs, sampler }] of choices.entries()) {
      const chosen = tokens.map((token, i) => {
        const known = logprobs?.[i];
        return known ? { token, logprobs: known } : { token };
      });
      try {
        generation.sequences[index]?.restore(chosen, sampler);
      } catch (cause) {
        throw invalidState(`holds a sampler that cannot go on: ${String(cause)}`);
      }
    }
    const owner = generation.sequences[kvChoice];
    const { tokensProcessed } = progress;
    if (kvCache && owner && tokensProcessed > 0 && tokensProcessed < owner.length) {
      owner.snapshot = { tokens: tokensProcessed, data: kvArrayOf(kvCache, tokensProcessed, runner.cache) };
    }
    return () => {
      start({ isQueued: false });
      return generation;
    };
  }

  #requirePlausible({ promptTokens, allocatedResources }: RestorableRequest, request: CheckedRequest): void {
    const { choices } = allocatedResources;
    const { vocabularySize } = this.parts.config;
    const all = [promptTokens, ...choices.map(({ tokens }) => tokens)].flat();
    const foreign = all.find((token) => token >= vocabularySize);
    if (foreign !== undefined) throw invalidState(`holds the token ${foreign}, which the model does not know`);
    const hasBegun = choices.some(({ tokens }) => tokens.length > 0);
    if (promptTokens.length >= this.parts.contextLength || choices.length !== (hasBegun ? request.bestOf : 1)) {
      throw invalidState(
        `has a prompt of ${promptTokens.length} tokens and ${choices.length} answers, which do not fit its request`,
      );
    }
    const wantsLogprobs = request.sampling.topLogprobs !== undefined;
    if (choices.some(({ tokens, logprobs = [] }) => logprobs.length !== (wantsLogprobs ? tokens.length : 0))) {
      throw invalidState('lacks log-probabilities that its request asks for, or has some that it does not');
    }
  }

  /** Settles when there is room in the queue. @throws FerrumError `Cancelled` when the signal fires first. */
  async room(signal: AbortSignal | undefined): Promise<void> {
    while (this.parts.scheduler.isFull) {
      this.#room ??= withResolvers<void>();
      await abortable(this.#room.promise, signal, 'The batch');
    }
  }

  /** To be called after every step: tells those who wait for room. */
  onStep(): void {
    if (!this.#room || this.parts.scheduler.isFull) return;
    this.#room.resolve();
    this.#room = undefined;
  }

  /** Waits for what is in flight; after the time-out ends what is left. */
  async drain(timeoutMs: number): Promise<void> {
    if (this.#active.size > 0 && timeoutMs > 0) {
      let timer: NodeJS.Timeout | undefined;
      const drained = new Promise<void>((resolve) => {
        this.#onDrained = resolve;
        timer = setTimeout(resolve, Math.min(timeoutMs, longestTimer));
      });
      await drained;
      clearTimeout(timer);
    }
    await this.parts.loop.atRest(async () => {
      for (const generation of [...this.#active.keys()]) {
        if (generation.sequences.some(({ sampled }) => sampled > 0)) generation.cancel();
        else generation.fail(new FerrumError('Cancelled', 'The engine shut down before the generation began.'));
      }
    });
  }

  /**
   * @throws FerrumError for a request that no engine of this model and configuration could take, or `Cancelled` once this
   * one is shut down.
   */
  check(request: InferenceRequest, { isStream = false, isSpeculative = false } = {}): CheckedRequest {
    this.parts.requireOpen();
    const { config } = this.parts;
    const { defaultParams, presets } = this.parts.settings();
    const checked = checkRequest(request, {
      recommended: defaultParams,
      presets,
      vocabularySize: config.vocabularySize,
      noImages: this.parts.images ? undefined : blind,
    });
    if (checked.adapter !== undefined) this.parts.adapters.require(checked.adapter);
    if (isStream && checked.bestOf > checked.n) {
      throw invalid('`sampling.bestOf`: a stream cannot take back what it gave; use `infer`', 'sampling.bestOf');
    }
    if (isSpeculative && checked.bestOf > 1) {
      throw invalid('`sampling.n`: speculation is for one answer', 'sampling.n');
    }
    return checked;
  }

  /** @param before requests that are ahead of this one and not in the queue yet */
  #requireRoom(before = 0): void {
    const { scheduler, recorder } = this.parts;
    if (!scheduler.isFull && before < Math.max(1, this.parts.settings().maxWaitingRequests)) return;
    // Roughly when the queue will have moved on by one request per slot.
    const retryAfterMs = Math.max(100, Math.round(recorder.averageLatencyMs ?? 1000));
    throw new FerrumError(
      'ResourceExhausted',
      `${scheduler.waiting.size + before} requests are waiting already; try again in ${(retryAfterMs / 1000).toFixed(1)} s.`,
      { retryAfterMs, details: { waitingRequests: scheduler.waiting.size + before } },
    );
  }

  #prepare(
    source: InferenceRequest,
    request: CheckedRequest,
    prompt: ReadPrompt,
    sink: GenerationSink,
    startedAt: number,
    speculation: Speculation | undefined,
  ): { readonly generation: Generation; readonly start: (options?: { readonly isQueued?: boolean }) => void } {
    const { tokenizer, contextLength, scheduler, loop, constraints, adapters } = this.parts;
    const { tokens: promptTokens, images, plan } = prompt;
    const constraint = prompt.constraint && constraints.compile(prompt.constraint);
    const adapter = request.adapter === undefined ? undefined : adapters.require(request.adapter);
    const generation = new Generation({
      request,
      promptTokens,
      images,
      promptText: request.echo ? promptText(request.input, tokenizer) : '',
      maxTokens: Math.min(request.maxTokens ?? defaultMaxTokens, contextLength - promptTokens.length),
      tokenizer,
      startedAt,
      sink,
      adapter,
      newSequence: (owner, choice) => this.#newSequence(owner, choice, speculation, constraint, plan),
      onOver: (_, error) => {
        release();
        adapter?.release(generation);
        for (const { matcher } of generation.sequences) matcher?.dispose();
        this.#over(generation, error);
      },
    });
    let release = (): void => {};
    const start = ({ isQueued = true } = {}): void => {
      if (generation.isOver) return;
      this.#active.set(generation, source);
      adapter?.acquire(generation);
      release = this.#watch(generation);
      const enqueue = (): void => {
        for (const sequence of generation.sequences) if (!sequence.isOver) scheduler.add(sequence, { isQueued });
        loop.wake();
      };
      if (!constraint) enqueue();
      // Only then does it take part, so that a format which takes long delays nobody else.
      else constraint.ready.then(enqueue, (error: FerrumError) => generation.fail(error));
    };
    return { generation, start };
  }

  #newSequence(
    generation: Generation,
    choice: number,
    speculation: Speculation | undefined,
    constraint: CompiledConstraint | undefined,
    plan: AnswerPlan | undefined,
  ): Sequence {
    const { tokenizer, config, constraints, loop } = this.parts;
    const { request, promptTokens } = generation;
    const { sampling } = request;
    const endTokens = this.#endTokens(request);
    const matcher = constraint && constraints.matcher(constraint, endTokens, () => loop.wake());
    return new Sequence({
      generation,
      choice,
      sampler: new TokenSampler(
        { ...sampling, seed: seedOf(sampling.seed, choice) },
        {
          promptTokens,
          endTokens,
          mask: matcher,
          tokenText: (token) => tokenLabel(tokenizer, token),
          vocabularySize: config.vocabularySize,
        },
      ),
      answer: answerOf(tokenizer, request, plan),
      arrival: this.#arrivals++,
      speculation,
      matcher,
    });
  }

  /** Ends the generation when its signal fires or its time is over. @returns a function that stops watching */
  #watch(generation: Generation): () => void {
    const { request, startedAt } = generation;
    const { signal } = request;
    const end = (error: FerrumError): void => {
      generation.fail(error);
      this.parts.loop.wake();
    };
    const onAbort = (): void =>
      end(new FerrumError('Cancelled', 'The generation was cancelled.', { cause: signal?.reason }));
    signal?.addEventListener('abort', onAbort, { once: true });
    const stopClock = watchTimeLimit(request, startedAt, end);
    return () => {
      stopClock();
      signal?.removeEventListener('abort', onAbort);
    };
  }

  #over(generation: Generation, error: FerrumError | undefined): void {
    const { recorder, loop } = this.parts;
    this.#active.delete(generation);
    const { completionTokens, firstTokenAt, admittedAt, tokenGaps, tokenGapMs } = generation;
    const failure = error ?? (generation.wasCancelled ? cutOff() : undefined);
    if (failure) {
      const phase = admittedAt === undefined ? 'queued' : firstTokenAt === undefined ? 'prefill' : 'decode';
      recorder.failed(failure, generation.request.id, {
        tokens: completionTokens,
        wasComputed: admittedAt !== undefined,
        phase,
      });
    } else {
      recorder.succeeded(completionTokens, generation.timing(), { count: tokenGaps, ms: tokenGapMs });
    }
    if (this.#active.size === 0) this.#onDrained?.();
    loop.wake();
  }

  #endTokens(request: CheckedRequest): ReadonlySet<number> {
    const own = request.ignoreEos ? [] : this.parts.tokenizer.endOfGenerationTokens;
    return new Set([...own, ...request.stopTokens]);
  }
}

function cutOff(): FerrumError {
  return new FerrumError('Cancelled', 'The engine shut down before the answer was complete.');
}

/** Each answer draws from numbers of its own; the first from those of the seed itself. */
function seedOf(seed: number, choice: number): number {
  return (seed + choice * 0x9e3779b9) % (Number.MAX_SAFE_INTEGER + 1);
}
