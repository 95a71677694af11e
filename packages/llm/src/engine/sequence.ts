import type { FinishReason, JsonValue } from '@ferrum/interfaces';
import type { Matcher } from '../constraint/matcher.js';
import type { SampledToken, TokenSampler } from '../sampling/token-sampler.js';
import type { Answer } from './answer.js';
import type { KvArray } from './cache/kv-cache.js';
import type { Generation } from './generation.js';
import type { RunnerAdapter } from './model-runner.js';
import type { Schedulable } from './scheduling/schedulable.js';
import type { Speculation } from './speculation/speculation.js';

/** A prompt whose keys and values were computed for one answer and are used for others too. */
export interface PromptSnapshot {
  readonly tokens: number;
  readonly data: KvArray;
}

export interface SequenceParts {
  readonly generation: Generation;
  /** Which answer of its generation, from 0. */
  readonly choice: number;
  readonly sampler: TokenSampler;
  readonly answer: Answer;
  readonly arrival: number;
  readonly speculation?: Speculation | undefined;
  /** Where the answer has a format: knows what may come next. */
  readonly matcher?: Matcher | undefined;
}

/** One answer in the making: the tokens so far, and how far they are computed. */
export class Sequence implements Schedulable {
  readonly generation: Generation;
  readonly choice: number;
  readonly sampler: TokenSampler;
  readonly answer: Answer;
  readonly arrival: number;
  readonly speculation: Speculation | undefined;
  readonly matcher: Matcher | undefined;
  /** Prompt, then answer; the token that ended the answer not included. */
  readonly tokens: number[];
  computed = 0;
  slot: number | undefined;
  /** To be put into the slot when there is one. */
  snapshot: PromptSnapshot | undefined;
  finishReason: FinishReason | undefined;
  /** When its first and its latest token were chosen here, of `performance.now()`. */
  firstTokenAt: number | undefined;
  lastTokenAt = 0;
  /** Tokens that were chosen in another engine. */
  #restored = 0;
  /** Every token chosen, the one that ended the answer included. */
  readonly chosen: number[] = [];
  /** Where log-probabilities are taken: of each token chosen. */
  readonly logprobs: NonNullable<SampledToken['logprobs']>[] = [];

  constructor({ generation, choice, sampler, answer, arrival, speculation, matcher }: SequenceParts) {
    this.generation = generation;
    this.choice = choice;
    this.sampler = sampler;
    this.answer = answer;
    this.arrival = arrival;
    this.speculation = speculation;
    this.matcher = matcher;
    this.tokens = [...generation.promptTokens];
  }

  get priority(): number {
    return this.generation.priority;
  }

  get client(): string {
    return this.generation.request.clientId ?? '';
  }

  get adapter(): RunnerAdapter | undefined {
    return this.generation.adapter?.runner;
  }

  get arrivedAt(): number {
    return this.generation.startedAt;
  }

  get length(): number {
    return this.tokens.length;
  }

  get maxLength(): number {
    return this.generation.promptTokens.length + this.generation.maxTokens;
  }

  get isHeldUp(): boolean {
    return this.generation.isHeldUp || (this.matcher?.isLate ?? false);
  }

  get speculationDepth(): number {
    return this.speculation?.drafted.length ?? 0;
  }

  get chunkLimit(): number {
    return this.wantsPromptLogprobs ? promptLogprobRows : Number.POSITIVE_INFINITY;
  }

  /** Prompt log-probabilities are taken once, by the first answer, from logits after every token of the prompt. */
  get wantsPromptLogprobs(): boolean {
    return this.choice === 0 && this.generation.wantsPromptLogprobs && this.sampled === 0;
  }

  /** Tokens of the answer. */
  get answerTokens(): readonly number[] {
    return this.tokens.slice(this.generation.promptTokens.length);
  }

  /** How many tokens were chosen. */
  get sampled(): number {
    return this.chosen.length;
  }

  get isOver(): boolean {
    return this.finishReason !== undefined || this.generation.isOver;
  }

  /** Chooses the next token from logits after the last one. @throws FerrumError as the sampler does. */
  next(logits: Float32Array): SampledToken {
    const sampled = this.sampler.next(logits, this.answer.nextForced?.());
    this.#count(sampled);
    return sampled;
  }

  /** Takes up tokens that were chosen before, in another engine. */
  restore(chosen: readonly SampledToken[], samplerState: JsonValue): void {
    this.sampler.restore(
      chosen.map(({ token }) => token),
      samplerState,
    );
    for (const sampled of chosen) {
      this.#count(sampled);
      this.generation.accept(this, sampled);
    }
    this.#restored = chosen.length;
    this.firstTokenAt = undefined;
  }

  /** Times between two tokens that were chosen here. */
  get tokenGaps(): number {
    return Math.max(0, this.sampled - this.#restored - 1);
  }

  /** Mean over the tokens chosen, the one that ended the answer included; 0 where none are taken. */
  get meanLogprob(): number {
    return this.logprobs.reduce((sum, { logprob }) => sum + logprob, 0) / Math.max(1, this.logprobs.length);
  }

  #count(sampled: SampledToken): void {
    this.chosen.push(sampled.token);
    if (sampled.logprobs) this.logprobs.push(sampled.logprobs);
  }
}

/** All rows of a vocabulary are large: so many keep them to a few megabytes. */
const promptLogprobRows = 32;
