import type { FinishReason, InferenceChoice, InferenceResponse, StreamChunk } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';

interface Answer {
  text: string;
  readonly tokens: number[];
  finishReason?: FinishReason;
}

/** Puts the chunks of a generation together. */
export class ResponseCollector {
  readonly #startedAt = performance.now();
  readonly #answers: Answer[] = [];
  #last: StreamChunk | undefined;

  add(chunk: StreamChunk): void {
    const { choice = 0, text, tokens, finishReason } = chunk;
    this.#answers[choice] ??= { text: '', tokens: [] };
    const answer = this.#answers[choice];
    answer.text += text;
    answer.tokens.push(...tokens);
    if (finishReason) answer.finishReason = finishReason;
    this.#last = chunk;
  }

  response(): InferenceResponse {
    const choices = this.#answers.map(finished);
    const [first] = choices;
    const { requestId, usage, timing, createdAt, metadata } = this.#last ?? {};
    if (!first || requestId === undefined || !usage || !timing || !createdAt || !metadata) throw unfinished();
    return {
      requestId,
      ...first,
      ...(choices.length > 1 ? { choices } : {}),
      usage,
      timing,
      latencyMs: performance.now() - this.#startedAt,
      createdAt,
      metadata,
    };
  }
}

function finished({ text, tokens, finishReason }: Answer): InferenceChoice {
  if (!finishReason) throw unfinished();
  return { text, tokens, finishReason };
}

function unfinished(): FerrumError {
  return new FerrumError('Internal', 'The generation ended without a finish reason.');
}
