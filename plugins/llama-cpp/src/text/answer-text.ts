import type { TextCodec } from './prompt/text-codec.js';
import { StopText } from './stop-text.js';

/** A character takes four bytes at most; a longer run that ends in none is no text, and is shown as that. */
const mostPending = 8;

/** Text of an answer as its tokens come: whole characters, and nothing of a stop sequence that ends it. */
export class AnswerText {
  readonly #stops: StopText;
  /** Tokens that hold part of a character. */
  #pending: number[] = [];

  constructor(
    private readonly codec: Pick<TextCodec, 'decodeFurther'>,
    stopSequences: readonly string[],
  ) {
    this.#stops = new StopText(stopSequences);
  }

  /** @returns the text that is safe to give out, and whether a stop sequence ends the answer here. */
  push(token: number): { readonly text: string; readonly stopped: boolean } {
    this.#pending.push(token);
    const text = this.codec.decodeFurther(this.#pending, false);
    if (text.endsWith('\uFFFD') && this.#pending.length < mostPending) return { text: '', stopped: false };
    this.#pending = [];
    return this.#stops.push(text);
  }

  /** What was held back, once no more tokens come; it may hold a stop sequence that the last bytes completed. */
  finish(): { readonly text: string; readonly stopped: boolean } {
    const rest = this.#pending.length === 0 ? '' : this.codec.decodeFurther(this.#pending, false);
    this.#pending = [];
    const { text, stopped } = this.#stops.push(rest);
    return { text: stopped ? text : text + this.#stops.flush(), stopped };
  }
}
