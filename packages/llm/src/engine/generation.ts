import type { FinishReason, GenerationTiming, StreamChunk, TokenLogprob } from '@ferrum/interfaces';
import type { Tokenizer } from '@ferrum/models';
import type { FerrumError } from '@ferrum/registry/errors';
import type { LoadedAdapter } from '../lora/loaded-adapters.js';
import type { SampledToken } from '../sampling/token-sampler.js';
import type { PromptImage } from '../vision/image-prompt.js';
import type { AnswerStep } from './answer.js';
import { beside, finishReasonOf, joined } from './answer-of.js';
import type { CheckedRequest } from './request.js';
import type { Sequence } from './sequence.js';
import { labelLogprobs } from './token-labels.js';

/** Where a generation's chunks go. */
export interface GenerationSink {
  chunk(chunk: StreamChunk): void;
  /** True while the reader is so far behind that no more should be made for it. */
  isFull(): boolean;
  close(): void;
  fail(error: FerrumError): void;
}

export interface GenerationParts {
  readonly request: CheckedRequest;
  readonly promptTokens: readonly number[];
  readonly images?: readonly PromptImage[];
  /** What `echo` gives. */
  readonly promptText: string;
  /** New tokens per answer, at most. */
  readonly maxTokens: number;
  readonly tokenizer: Tokenizer;
  /** Of `performance.now()`. */
  readonly startedAt: number;
  readonly sink: GenerationSink;
  readonly adapter?: LoadedAdapter | undefined;
  /** Makes an answer's sequence, by its number. */
  readonly newSequence: (generation: Generation, choice: number) => Sequence;
  /** Told once, when the generation is over in whatever way. */
  readonly onOver: (generation: Generation, error: FerrumError | undefined) => void;
}

const nothing: AnswerStep = { text: '', stopped: false };
const ranks = { low: 0, normal: 1, high: 2, critical: 3 } as const;

/** A request on its way: its answers, where they go, and what was measured. */
export class Generation {
  readonly request: CheckedRequest;
  readonly promptTokens: readonly number[];
  readonly images: readonly PromptImage[];
  readonly maxTokens: number;
  readonly startedAt: number;
  readonly priority: number;
  readonly adapter: LoadedAdapter | undefined;
  /** Only what has the same is computed alike. */
  readonly prefixSalt: string;
  readonly #sequences: Sequence[] = [];
  /** Of the prompt; null stands for the first token. */
  promptLogprobs: (TokenLogprob | null)[] | undefined;
  cachedTokens = 0;
  admittedAt: number | undefined;
  firstTokenAt: number | undefined;
  preemptions = 0;
  #isOver = false;
  readonly #hasBegun = new Set<number>();

  constructor(private readonly parts: GenerationParts) {
    this.request = parts.request;
    this.promptTokens = parts.promptTokens;
    this.images = parts.images ?? [];
    this.maxTokens = parts.maxTokens;
    this.startedAt = parts.startedAt;
    this.priority = ranks[parts.request.priority];
    this.adapter = parts.adapter;
    this.prefixSalt = `${parts.adapter?.id ?? ''}:${parts.request.cacheSalt ?? ''}`;
    this.#sequences.push(parts.newSequence(this, 0));
  }

  /** Its answers: the first from the beginning, the others once there is a prompt to share. */
  get sequences(): readonly Sequence[] {
    return this.#sequences;
  }

  /** Makes the other answers. */
  fork(): readonly Sequence[] {
    const { request, newSequence } = this.parts;
    while (this.#sequences.length < request.bestOf) this.#sequences.push(newSequence(this, this.#sequences.length));
    return this.#sequences.slice(1);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get isHeldUp(): boolean {
    return this.parts.sink.isFull();
  }

  get wantsPromptLogprobs(): boolean {
    return this.request.echo && this.request.logprobs;
  }

  /** Tokens generated, over all answers. */
  get completionTokens(): number {
    return this.sequences.reduce((sum, sequence) => sum + sequence.length - this.promptTokens.length, 0);
  }

  /** Takes up a token that was chosen for an answer and hands on what it says. */
  accept(sequence: Sequence, sampled: SampledToken): void {
    if (sequence.isOver) return;
    const { token } = sampled;
    sequence.lastTokenAt = performance.now();
    sequence.firstTokenAt ??= sequence.lastTokenAt;
    this.firstTokenAt ??= sequence.lastTokenAt;
    const ending = this.#endedBy(token);
    if (ending) {
      this.#finish(sequence, ending, nothing, []);
      return;
    }
    sequence.tokens.push(token);
    const step = sequence.answer.push(token);
    const answerLength = sequence.length - this.promptTokens.length;
    if (step.stopped) this.#finish(sequence, 'stop', step, [sampled], false);
    else if (answerLength >= this.maxTokens) this.#finish(sequence, 'length', step, [sampled]);
    else this.#emit(sequence, step, [sampled]);
  }

  /** Ends every answer with what it has so far. */
  cancel(): void {
    for (const sequence of this.sequences) {
      if (!sequence.isOver) this.#finish(sequence, 'cancelled', nothing, []);
    }
  }

  /** Ends the generation with an error; its slots are freed at the end of the step. */
  fail(error: FerrumError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.parts.sink.fail(error);
    this.parts.onOver(this, error);
  }

  #endedBy(token: number): FinishReason | undefined {
    const { request, tokenizer } = this.parts;
    if (request.stopTokens.includes(token)) return 'stop';
    return !request.ignoreEos && tokenizer.endOfGenerationTokens.has(token) ? 'eos' : undefined;
  }

  #finish(
    sequence: Sequence,
    reason: FinishReason,
    step: AnswerStep,
    sampled: readonly SampledToken[],
    flush = true,
  ): void {
    const rest = flush ? sequence.answer.finish() : nothing;
    sequence.finishReason = finishReasonOf(sequence.answer, rest.stopped ? 'stop' : reason);
    const isLast = this.sequences.every(({ finishReason }) => finishReason !== undefined);
    this.#emit(sequence, joined(step, rest), sampled, isLast);
    if (!isLast) return;
    this.#isOver = true;
    this.parts.sink.close();
    this.parts.onOver(this, undefined);
  }

  #emit(sequence: Sequence, step: AnswerStep, sampled: readonly SampledToken[], isLast = false): void {
    const { text } = step;
    const { request, tokenizer, promptText, sink } = this.parts;
    const isFirst = !this.#hasBegun.has(sequence.choice);
    this.#hasBegun.add(sequence.choice);
    sink.chunk({
      requestId: request.id,
      text: isFirst && request.echo ? promptText + text : text,
      ...beside(step),
      tokens: sampled.map(({ token }) => token),
      ...(request.bestOf > 1 ? { choice: sequence.choice } : {}),
      ...(request.logprobs ? { logprobs: sampled.map((one) => labelLogprobs(tokenizer, one)) } : {}),
      ...(isFirst && this.promptLogprobs ? { promptLogprobs: this.promptLogprobs } : {}),
      ...(sequence.finishReason ? { finishReason: sequence.finishReason } : {}),
      ...(isLast ? { usage: this.#usage(), timing: this.timing() } : {}),
      createdAt: new Date(),
      metadata: request.metadata,
    });
  }

  #usage() {
    const promptTokens = this.promptTokens.length;
    const { completionTokens, cachedTokens } = this;
    const [first] = this.sequences;
    const reasoningTokens = this.sequences.reduce((sum, { answer }) => sum + (answer.reasoningTokens ?? 0), 0);
    return {
      promptTokens,
      completionTokens,
      ...(first?.answer.reasoningTokens === undefined ? {} : { reasoningTokens }),
      totalTokens: promptTokens + completionTokens,
      cachedTokens,
    };
  }

  /** What was measured so far. */
  timing(): GenerationTiming {
    const { startedAt, admittedAt = startedAt, firstTokenAt = performance.now() } = this;
    const computed = this.promptTokens.length - this.cachedTokens;
    const { tokenGaps } = this;
    const lastTokenAt = Math.max(...this.sequences.map((sequence) => sequence.lastTokenAt));
    const begun = Math.min(...this.sequences.map((sequence) => sequence.firstTokenAt ?? Number.POSITIVE_INFINITY));
    return {
      timeToFirstTokenMs: firstTokenAt - startedAt,
      ...(firstTokenAt > admittedAt ? { prefillTokensPerSecond: (1000 * computed) / (firstTokenAt - admittedAt) } : {}),
      // Each sampled token after an answer's first took one step, the one that ended the answer too.
      ...(tokenGaps > 0 && lastTokenAt > begun
        ? { decodeTokensPerSecond: (1000 * tokenGaps) / (lastTokenAt - begun) }
        : {}),
      totalMs: performance.now() - startedAt,
    };
  }

  /** Over all answers. */
  get tokenGaps(): number {
    return this.sequences.reduce((sum, sequence) => sum + sequence.tokenGaps, 0);
  }

  /** Time between the first and the last token of each answer, summed, in ms. */
  get tokenGapMs(): number {
    return this.sequences.reduce(
      (sum, { firstTokenAt, lastTokenAt }) => sum + (firstTokenAt === undefined ? 0 : lastTokenAt - firstTokenAt),
      0,
    );
  }

  /** Whether it was ended before its answers were. */
  get wasCancelled(): boolean {
    return this.sequences.some(({ finishReason }) => finishReason === 'cancelled');
  }
}
