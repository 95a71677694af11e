import type { IncrementalDecoder, Tokenizer } from '@ferrum/models';
import type { Answer } from './answer.js';
import { type StoppedText, StopSequences } from './stop-sequences.js';

/** Text of an answer as its tokens come: whole characters, and nothing of a stop sequence that ends it. */
export class AnswerText implements Answer {
  readonly #decoder: IncrementalDecoder;
  readonly #stops: StopSequences;
  #tokens = 0;

  /** @param minTokens a stop sequence that is complete before so many tokens have come is text like any other. */
  constructor(
    tokenizer: Pick<Tokenizer, 'createDecoder'>,
    stopSequences: readonly string[],
    private readonly minTokens = 0,
  ) {
    this.#decoder = tokenizer.createDecoder({ continuation: true });
    this.#stops = new StopSequences(stopSequences);
  }

  /** @returns the text that is safe to give out, and whether a stop sequence ends the answer here. */
  push(token: number): StoppedText {
    this.#tokens += 1;
    return this.#pushText(this.#decoder.push(token));
  }

  /** What was held back, once no more tokens come; it may hold a stop sequence that the last bytes completed. */
  finish(): StoppedText {
    const last = this.#pushText(this.#decoder.flush());
    return { ...last, text: last.text + this.#stops.flush() };
  }

  #pushText(text: string): StoppedText {
    return this.#stops.push(text, this.#tokens >= this.minTokens);
  }
}
