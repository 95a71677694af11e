import type { FinishReason, InferenceChoice, InferenceResponse, StreamChunk, TokenLogprob } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';

interface Choice {
  text: string;
  reasoning: string;
  readonly toolCalls: { id: string; name: string; arguments: string }[];
  readonly tokens: number[];
  readonly logprobs: TokenLogprob[];
  finishReason: FinishReason | undefined;
  stopSequence?: string;
}

/** Puts the chunks of a stream together. */
export class CollectedResponse {
  readonly #startedAt = performance.now();
  readonly #choices: Choice[] = [];
  #promptLogprobs: StreamChunk['promptLogprobs'];
  #last: StreamChunk | undefined;

  add(chunk: StreamChunk): void {
    const { text, reasoning = '', toolCalls = [], tokens, logprobs, finishReason, stopSequence, choice = 0 } = chunk;
    const collected = this.#choice(choice);
    collected.text += text;
    collected.reasoning += reasoning;
    for (const { index, id = '', name = '', arguments: piece } of toolCalls) {
      const call = collected.toolCalls[index];
      if (call) call.arguments += piece;
      else collected.toolCalls[index] = { id, name, arguments: piece };
    }
    for (const token of tokens) collected.tokens.push(token);
    if (logprobs) collected.logprobs.push(...logprobs);
    if (finishReason) collected.finishReason = finishReason;
    if (stopSequence !== undefined) collected.stopSequence = stopSequence;
    this.#promptLogprobs ??= chunk.promptLogprobs;
    this.#last = chunk;
  }

  /** @param order which answers to give, best first; all of them, as they are, by default. */
  response(order: readonly number[] = this.#choices.map((_, index) => index)): InferenceResponse {
    const { requestId, usage, timing, createdAt, metadata, logprobs } = this.#last ?? {};
    const choices = order.map((index) => asChoice(this.#choice(index), logprobs !== undefined));
    const [first] = choices;
    if (!first || requestId === undefined || !usage || !timing || !createdAt || !metadata) {
      throw new FerrumError('Internal', 'The generation ended without a finish reason.');
    }
    return {
      requestId,
      ...first,
      ...(choices.length > 1 ? { choices } : {}),
      ...(this.#promptLogprobs ? { promptLogprobs: this.#promptLogprobs } : {}),
      usage,
      timing,
      latencyMs: performance.now() - this.#startedAt,
      createdAt,
      metadata,
    };
  }

  #choice(index: number): Choice {
    let choice = this.#choices[index];
    if (!choice) {
      choice = { text: '', reasoning: '', toolCalls: [], tokens: [], logprobs: [], finishReason: undefined };
      this.#choices[index] = choice;
    }
    return choice;
  }
}

function asChoice(choice: Choice, hasLogprobs: boolean): InferenceChoice {
  const { text, reasoning, toolCalls, tokens, logprobs, finishReason, stopSequence } = choice;
  if (!finishReason) throw new FerrumError('Internal', 'An answer ended without a finish reason.');
  return {
    text,
    ...(reasoning === '' ? {} : { reasoning }),
    ...(toolCalls.length === 0 ? {} : { toolCalls }),
    tokens,
    finishReason,
    ...(stopSequence === undefined ? {} : { stopSequence }),
    ...(hasLogprobs ? { logprobs } : {}),
  };
}
