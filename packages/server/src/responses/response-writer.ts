import { randomUUID } from 'node:crypto';
import type { FinishReason, StreamChunk } from '@ferrum/interfaces';
import { toChatLogprobs } from '../chat/chat-logprobs.js';
import { type AnswerPiece, isContinuation } from '../generation/answer-pieces.js';

/** An event less its `sequence_number`. */
export interface ItemEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

type Status = 'in_progress' | 'completed' | 'incomplete';

export type OutputItem =
  | {
      readonly type: 'reasoning';
      readonly id: string;
      readonly summary: readonly { readonly type: 'summary_text'; readonly text: string }[];
      readonly content?: readonly { readonly type: 'reasoning_text'; readonly text: string }[];
      readonly status: Status;
    }
  | {
      readonly type: 'message';
      readonly id: string;
      readonly role: 'assistant';
      readonly content: readonly object[];
      readonly status: Status;
    }
  | {
      readonly type: 'function_call';
      readonly id: string;
      readonly call_id: string;
      readonly name: string;
      readonly arguments: string;
      readonly status: Status;
    };

interface OpenItem {
  readonly first: AnswerPiece;
  readonly id: string;
  text: string;
  readonly logprobs: object[];
}

/** Makes the items of a response out of the pieces of an answer, and tells of each step as the API does. */
export class ResponseWriter {
  readonly output: OutputItem[] = [];
  #open: OpenItem | undefined;

  /** @param reasoningIsSummary whether reasoning stands as the summary, which the request asked for */
  constructor(private readonly reasoningIsSummary: boolean) {}

  *add(piece: AnswerPiece): Generator<ItemEvent> {
    if (this.#open === undefined || !isContinuation(this.#open.first, piece)) {
      yield* this.#close('completed');
      this.#open = { first: piece, id: `${prefixOf[piece.kind]}_${randomUUID()}`, text: '', logprobs: [] };
      yield* this.#begin(this.#open);
    }
    const open = this.#open;
    open.text += piece.delta;
    const logprobs = piece.kind === 'text' ? toLogprobs(piece.logprobs) : [];
    open.logprobs.push(...logprobs);
    if (piece.delta === '') return;
    const { type, place } = this.#steps(open);
    yield { type: `${type}.delta`, ...place, delta: piece.delta, ...(piece.kind === 'text' ? { logprobs } : {}) };
  }

  /** Ends the last item, which is incomplete where the answer was cut. An answer of nothing is an empty message. */
  *end(reason: FinishReason): Generator<ItemEvent> {
    if (this.#open === undefined && this.output.length === 0) yield* this.add({ kind: 'text', delta: '' });
    yield* this.#close(reason === 'length' ? 'incomplete' : 'completed');
  }

  *#begin(open: OpenItem): Generator<ItemEvent> {
    const output_index = this.output.length;
    yield { type: 'response.output_item.added', output_index, item: this.#itemOf(open, 'in_progress', false) };
    const { place, part } = this.#steps(open);
    if (part !== undefined) yield { type: `${part.type}.added`, ...place, part: part.value('', []) };
  }

  *#close(status: Status): Generator<ItemEvent> {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    const { type, place, part, field } = this.#steps(open);
    const { first, text, logprobs } = open;
    yield {
      type: `${type}.done`,
      ...place,
      [field]: text,
      ...(first.kind === 'text' ? { logprobs } : {}),
      ...(first.kind === 'call' ? { name: first.name } : {}),
    };
    if (part !== undefined) yield { type: `${part.type}.done`, ...place, part: part.value(text, logprobs) };
    const item = this.#itemOf(open, status, true);
    const output_index = this.output.length;
    this.output.push(item);
    yield { type: 'response.output_item.done', output_index, item };
  }

  /** How the events of an item are called, and what is in them. */
  #steps({ first, id }: OpenItem) {
    const item = { item_id: id, output_index: this.output.length };
    switch (first.kind) {
      case 'call':
        return { type: 'response.function_call_arguments', place: item, part: undefined, field: 'arguments' };
      case 'text':
        return {
          type: 'response.output_text',
          place: { ...item, content_index: 0 },
          part: { type: 'response.content_part', value: textPart },
          field: 'text',
        };
      case 'reasoning':
        return this.reasoningIsSummary
          ? {
              type: 'response.reasoning_summary_text',
              place: { ...item, summary_index: 0 },
              part: { type: 'response.reasoning_summary_part', value: summaryPart },
              field: 'text',
            }
          : {
              type: 'response.reasoning_text',
              place: { ...item, content_index: 0 },
              part: { type: 'response.content_part', value: reasoningPart },
              field: 'text',
            };
    }
  }

  #itemOf({ first, id, text, logprobs }: OpenItem, status: Status, isFilled: boolean): OutputItem {
    switch (first.kind) {
      case 'call':
        return { type: 'function_call', id, call_id: first.id, name: first.name, arguments: text, status };
      case 'text':
        return { type: 'message', id, role: 'assistant', content: isFilled ? [textPart(text, logprobs)] : [], status };
      case 'reasoning':
        return this.reasoningIsSummary
          ? { type: 'reasoning', id, summary: isFilled ? [summaryPart(text)] : [], status }
          : { type: 'reasoning', id, summary: [], content: isFilled ? [reasoningPart(text)] : [], status };
    }
  }
}

const prefixOf = { reasoning: 'rs', text: 'msg', call: 'fc' } as const;

const textPart = (text: string, logprobs: readonly object[]) => ({
  type: 'output_text' as const,
  text,
  annotations: [],
  logprobs: [...logprobs],
});
const summaryPart = (text: string) => ({ type: 'summary_text' as const, text });
const reasoningPart = (text: string) => ({ type: 'reasoning_text' as const, text });

function toLogprobs(logprobs: StreamChunk['logprobs']): readonly object[] {
  return toChatLogprobs(logprobs)?.content ?? [];
}
