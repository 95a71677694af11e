import type { FinishReason, JsonObject } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { type AnswerPiece, isContinuation } from '../generation/answer-pieces.js';

export type AnswerBlock =
  | { readonly type: 'text'; readonly text: string; readonly citations: null }
  | { readonly type: 'thinking'; readonly thinking: string; readonly signature: string }
  | {
      readonly type: 'tool_use';
      readonly id: string;
      readonly name: string;
      readonly input: JsonObject;
      readonly caller: { readonly type: 'direct' };
    };

export interface MessageEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** Clients that see none send thinking back without it; here it proves nothing. */
const signature = 'unsigned';

/** The content of a whole answer. @throws FerrumError `Backend` for a call whose arguments are no JSON object */
export function blocksOf(pieces: Iterable<AnswerPiece>, reason: FinishReason): AnswerBlock[] {
  return [...pieces].flatMap((piece) => {
    if (piece.kind !== 'call') return [filled(piece)];
    const input = inputOf(piece.delta);
    if (input !== undefined) return [{ ...begun(piece), input } as AnswerBlock];
    // Of a call that was cut there is no input that a tool should be given.
    if (reason === 'length') return [];
    throw new FerrumError('Backend', `The model called ${piece.name} with arguments that are no JSON. Ask again.`);
  });
}

/** Tells of the blocks of an answer as their pieces come, as the API does. */
export class BlockEvents {
  #index = -1;
  #open: AnswerPiece | undefined;

  *add(piece: AnswerPiece): Generator<MessageEvent> {
    if (this.#open === undefined || !isContinuation(this.#open, piece)) {
      yield* this.end();
      this.#open = piece;
      this.#index += 1;
      yield { type: 'content_block_start', index: this.#index, content_block: begun(piece) };
    }
    if (piece.delta !== '') yield this.#delta(deltaOf(piece));
  }

  /** Ends the last block, if there is one. */
  *end(): Generator<MessageEvent> {
    if (this.#open === undefined) return;
    if (this.#open.kind === 'reasoning') yield this.#delta({ type: 'signature_delta', signature });
    yield { type: 'content_block_stop', index: this.#index };
    this.#open = undefined;
  }

  #delta(delta: object): MessageEvent {
    return { type: 'content_block_delta', index: this.#index, delta };
  }
}

function begun(piece: AnswerPiece): AnswerBlock {
  switch (piece.kind) {
    case 'text':
      return { type: 'text', text: '', citations: null };
    case 'reasoning':
      return { type: 'thinking', thinking: '', signature: '' };
    case 'call':
      return { type: 'tool_use', id: piece.id, name: piece.name, input: {}, caller: { type: 'direct' } };
  }
}

function filled({ kind, delta }: Exclude<AnswerPiece, { readonly kind: 'call' }>): AnswerBlock {
  return kind === 'text'
    ? { type: 'text', text: delta, citations: null }
    : { type: 'thinking', thinking: delta, signature };
}

function deltaOf({ kind, delta }: AnswerPiece): object {
  switch (kind) {
    case 'text':
      return { type: 'text_delta', text: delta };
    case 'reasoning':
      return { type: 'thinking_delta', thinking: delta };
    case 'call':
      return { type: 'input_json_delta', partial_json: delta };
  }
}

/** Undefined for what is no JSON object. */
function inputOf(json: string): JsonObject | undefined {
  if (json.trim() === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}
