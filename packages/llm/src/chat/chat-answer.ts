import type { Tokenizer } from '@ferrum/models';
import type { Answer, AnswerStep } from '../engine/answer.js';
import { StopSequences } from '../engine/stop-sequences.js';
import type { AnswerPlan } from './answer-plan.js';
import { type AnswerPiece, AnswerSplitter } from './answer-splitter.js';

export type AnswerTokenizer = Pick<Tokenizer, 'createDecoder' | 'encode' | 'isSpecial' | 'tokenText' | 'tokenId'>;

/**
 * An answer with reasoning or calls in it, as its tokens come. Stop sequences are looked for in the answer itself, neither in
 * what the model thinks nor in calls.
 */
export class ChatAnswer implements Answer {
  readonly #decoder: ReturnType<Tokenizer['createDecoder']>;
  readonly #splitter: AnswerSplitter;
  readonly #stops: StopSequences;
  /** Special tokens that mark parts of the answer: the decoder leaves them out. */
  readonly #markers: ReadonlyMap<number, string>;
  readonly #forced: number[] = [];
  #tokens = 0;
  #reasoningTokens = 0;
  #hasClosed = false;

  constructor(
    private readonly tokenizer: AnswerTokenizer,
    private readonly plan: AnswerPlan,
    stopSequences: readonly string[],
    private readonly minTokens = 0,
  ) {
    this.#decoder = tokenizer.createDecoder({ continuation: true });
    this.#splitter = new AnswerSplitter(plan);
    this.#stops = new StopSequences(stopSequences);
    this.#markers = markerTokens(tokenizer, plan);
  }

  get reasoningTokens(): number | undefined {
    return this.plan.reasoning ? this.#reasoningTokens : undefined;
  }

  get hasCalls(): boolean {
    return this.#splitter.hasCalls;
  }

  /** When the model has thought as long as it may, the tokens that close its reasoning, one after the other. */
  nextForced(): number | undefined {
    const { reasoning } = this.plan;
    if (reasoning && !this.#hasClosed && this.#splitter.isReasoning && this.#reasoningTokens >= reasoning.budget) {
      this.#hasClosed = true;
      this.#forced.push(...this.tokenizer.encode(`\n${reasoning.close}\n\n`, { addSpecialTokens: false }));
    }
    return this.#forced.shift();
  }

  push(token: number): AnswerStep {
    this.#tokens += 1;
    const before = this.#splitter.isReasoning;
    const marker = this.#markers.get(token);
    const text = marker === undefined ? this.#decoder.push(token) : this.#decoder.flush() + marker;
    const piece = this.#splitter.push(text);
    if (before || this.#splitter.isReasoning) this.#reasoningTokens += 1;
    const step = this.#stop(piece);
    return this.#splitter.isOver ? { ...step, stopped: true } : step;
  }

  finish(): AnswerStep {
    const last = this.#splitter.push(this.#decoder.flush());
    const rest = this.#splitter.finish();
    const step = this.#stop({
      text: last.text + rest.text,
      reasoning: last.reasoning + rest.reasoning,
      toolCalls: [...last.toolCalls, ...rest.toolCalls],
    });
    return { ...step, text: step.text + this.#stops.flush() };
  }

  #stop({ text, reasoning, toolCalls }: AnswerPiece): AnswerStep {
    return { ...this.#stops.push(text, this.#tokens >= this.minTokens), reasoning, toolCalls };
  }
}

/** The special tokens whose text is, or is part of, what the plan looks for. */
function markerTokens(tokenizer: AnswerTokenizer, { calls, reasoning }: AnswerPlan): ReadonlyMap<number, string> {
  const texts = [
    ...(calls ? [...calls.format.openings, ...(calls.format.closings ?? [])] : []),
    ...(reasoning ? [reasoning.open, reasoning.close] : []),
  ];
  const markers = new Map<number, string>();
  for (const text of texts) {
    const token = tokenizer.tokenId(text);
    if (token !== undefined && tokenizer.isSpecial(token)) markers.set(token, text);
  }
  return markers;
}
