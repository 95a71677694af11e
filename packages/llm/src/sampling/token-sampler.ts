import type { JsonObject, JsonValue } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { finiteArgmax, indexOfLargest } from './argmax.js';
import { Candidates } from './candidates.js';
import { draw } from './draw.js';
import type { LogitsProcessor } from './logits-processor.js';
import { minP } from './min-p.js';
import { Mirostat } from './mirostat.js';
import { processorsOf } from './processors-of.js';
import { Random } from './random.js';
import { logprobsBelow, type RowLogprobs } from './row-logprobs.js';
import type { SamplingContext } from './sampling-context.js';
import type { SamplingOptions } from './sampling-options.js';
import { tailFree } from './tail-free.js';
import { topP } from './top-p.js';
import { typicalP } from './typical-p.js';

export { argmax } from './argmax.js';
export { rowLogprobs } from './row-logprobs.js';
export type { SamplingContext } from './sampling-context.js';

export interface SampledToken {
  readonly token: number;
  /** As the model gave them, before any parameter; where `topLogprobs` asks for them. */
  readonly logprobs?: RowLogprobs;
}

/** Chooses the tokens of one answer, in the order of steps that `SamplingParams` documents. Ties go to the lower token id. */
export class TokenSampler {
  readonly #options: SamplingOptions;
  readonly #processors: readonly LogitsProcessor[];
  readonly #mirostat: Mirostat | undefined;
  readonly #random: Random;
  #chosen = 0;

  constructor(options: SamplingOptions, context: SamplingContext) {
    this.#options = options;
    this.#processors = processorsOf(options, context);
    this.#mirostat = options.mirostat && new Mirostat(options.mirostat);
    this.#random = new Random(options.seed);
  }

  /**
   * Chooses the next token and remembers it as part of the answer.
   *
   * @param logits float32 [vocabulary], which may be overwritten.
   * @param forced the token to take, whatever the logits say.
   * @throws FerrumError `Backend` when a logit is NaN or infinite; `RequestValidation` when the parameters leave no token.
   */
  next(logits: Float32Array, forced?: number): SampledToken {
    const { topLogprobs, forcedTokens } = this.#options;
    const best = finiteArgmax(logits);
    const raw = topLogprobs === undefined ? undefined : copyOf(logits);
    const token = forced ?? forcedTokens[this.#chosen] ?? this.#choose(logits, best);
    this.#accept(token);
    return raw ? { token, logprobs: logprobsBelow(raw, best, token, topLogprobs ?? 0) } : { token };
  }

  /**
   * Takes up tokens that were generated before.
   *
   * @param state from `exportState` of the sampler that chose them.
   * @throws FerrumError `Serialization` when it is none.
   */
  restore(tokens: readonly number[], state: JsonValue): void {
    const { random, mu } = isObject(state) ? state : {};
    const isComplete = this.#mirostat === undefined || (typeof mu === 'number' && Number.isFinite(mu));
    if (!isComplete || !Array.isArray(random) || !this.#random.restore(random)) {
      throw new FerrumError('Serialization', 'The state of the sampler is damaged or of another version.');
    }
    if (this.#mirostat) this.#mirostat.mu = mu as number;
    for (const token of tokens) this.#accept(token);
  }

  /** What cannot be derived from the tokens: the state of the random generator, and mirostat's mu. */
  exportState(): JsonValue {
    const random = this.#random.state();
    return this.#mirostat ? { random, mu: this.#mirostat.mu } : { random };
  }

  #choose(logits: Float32Array, rawBest: number): number {
    const { temperature, topK } = this.#options;
    const best = this.#processors.length === 0 ? rawBest : this.#process(logits);
    if (temperature === 0) return best;
    const largest = logits[best] as number;
    if (this.#mirostat) {
      candidates.take(logits, largest, temperature);
      return this.#mirostat.choose(candidates, logits.length, this.#random);
    }
    if (topK === 1) return best;
    candidates.take(logits, largest, temperature, topK);
    filter(this.#options);
    return candidates.tokens[draw(candidates, this.#random)] as number;
  }

  /** @returns the token with the largest logit after all processors. */
  #process(logits: Float32Array): number {
    for (const processor of this.#processors) processor.process(logits);
    const best = indexOfLargest(logits);
    if (best >= 0 && Number.isFinite(logits[best])) return best;
    const parameters = this.#processors.map(({ parameter }) => `sampling.${parameter}`);
    throw new FerrumError(
      'RequestValidation',
      `${parameters.map((name) => `\`${name}\``).join(', ')} ${best < 0 ? 'leave no token to choose' : 'overflow a logit'}.`,
      { details: { parameter: parameters[0] ?? '', parameters } },
    );
  }

  #accept(token: number): void {
    this.#chosen += 1;
    for (const processor of this.#processors) processor.accept?.(token);
  }
}

/** Shared by all samplers, as `next` is synchronous: a vocabulary of buffers for each would be megabytes. */
const candidates = new Candidates();
let rowCopy = new Float32Array(0);

function copyOf(logits: Float32Array): Float32Array {
  if (rowCopy.length !== logits.length) rowCopy = new Float32Array(logits.length);
  rowCopy.set(logits);
  return rowCopy;
}

function filter(options: SamplingOptions): void {
  if (isOn(options.tfs)) tailFree(candidates, options.tfs);
  if (isOn(options.typicalP)) typicalP(candidates, options.typicalP);
  if (isOn(options.topP)) topP(candidates, options.topP);
  if (options.minP !== undefined) minP(candidates, options.minP);
}

/** A share of 1 keeps everything. */
function isOn(share: number | undefined): share is number {
  return share !== undefined && share < 1;
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
