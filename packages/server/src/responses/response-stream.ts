import type { FinishReason, StreamChunk } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { piecesOf } from '../generation/answer-pieces.js';
import type { StartedSource } from '../http/started-source.js';
import { endedResponse, type ResponseObject } from './response-object.js';
import { type ItemEvent, ResponseWriter } from './response-writer.js';

export interface ResponseEvent extends ItemEvent {
  readonly sequence_number: number;
}

/** Events as the API has them, from `response.created` to `response.completed` or `response.incomplete`; numbered from 0. */
export class ResponseStream {
  #sequence = 0;
  readonly #writer: ResponseWriter;

  constructor(
    private readonly begun: ResponseObject,
    reasoningIsSummary: boolean,
  ) {
    this.#writer = new ResponseWriter(reasoningIsSummary);
  }

  /** Ends the chunks, however it is left. */
  async *events(chunks: StartedSource<StreamChunk>): AsyncGenerator<ResponseEvent> {
    try {
      yield this.#numbered({ type: 'response.created', response: this.begun });
      yield this.#numbered({ type: 'response.in_progress', response: this.begun });
      let finishReason: FinishReason | undefined;
      let usage: StreamChunk['usage'];
      for await (const chunk of chunks) {
        for (const piece of piecesOf(chunk)) for (const event of this.#writer.add(piece)) yield this.#numbered(event);
        finishReason = chunk.finishReason ?? finishReason;
        usage = chunk.usage ?? usage;
      }
      yield* this.#last(finishReason, usage);
    } finally {
      await chunks.return();
    }
  }

  /** The last event of a response that fails on the way. */
  failed({ message, code }: { readonly message: string; readonly code: string | null }): ResponseEvent {
    const error = { code: code ?? 'server_error', message };
    return this.#numbered({
      type: 'response.failed',
      response: { ...this.begun, status: 'failed', output: this.#writer.output, error },
    });
  }

  *#last(finishReason: FinishReason | undefined, usage: StreamChunk['usage']): Generator<ResponseEvent> {
    if (finishReason === undefined) throw new FerrumError('Backend', 'The answer ended without saying why.');
    // First, because it throws for an answer that was not finished.
    const { status } = endedResponse(this.begun, [], finishReason, usage);
    for (const event of this.#writer.end(finishReason)) yield this.#numbered(event);
    const response = endedResponse(this.begun, this.#writer.output, finishReason, usage);
    yield this.#numbered({ type: `response.${status}`, response });
  }

  #numbered(event: ItemEvent): ResponseEvent {
    const sequence_number = this.#sequence;
    this.#sequence += 1;
    return { ...event, sequence_number };
  }
}
