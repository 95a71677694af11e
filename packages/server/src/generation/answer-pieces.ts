import type { InferenceChoice, StreamChunk } from '@ferrum/interfaces';

/** What a chunk brings, in the order in which a model writes it. */
export type AnswerPiece =
  | { readonly kind: 'reasoning'; readonly delta: string }
  | { readonly kind: 'text'; readonly delta: string; readonly logprobs?: StreamChunk['logprobs'] }
  | {
      readonly kind: 'call';
      readonly index: number;
      readonly id: string;
      readonly name: string;
      readonly delta: string;
    };

export function* piecesOf({ reasoning = '', text, toolCalls = [], logprobs }: StreamChunk): Generator<AnswerPiece> {
  if (reasoning !== '') yield { kind: 'reasoning', delta: reasoning };
  if (text !== '') yield { kind: 'text', delta: text, logprobs };
  for (const { index, id = '', name = '', arguments: delta } of toolCalls)
    yield { kind: 'call', index, id, name, delta };
}

/** A whole answer as pieces. */
export function* piecesOfAnswer({
  reasoning = '',
  text,
  toolCalls = [],
  logprobs,
}: InferenceChoice): Generator<AnswerPiece> {
  if (reasoning !== '') yield { kind: 'reasoning', delta: reasoning };
  if (text !== '') yield { kind: 'text', delta: text, logprobs };
  for (const [index, { id, name, arguments: delta }] of toolCalls.entries())
    yield { kind: 'call', index, id, name, delta };
}

/** Whether the next piece is of the same part of an answer as the first. */
export function isContinuation(first: AnswerPiece, next: AnswerPiece): boolean {
  if (first.kind === 'call' && next.kind === 'call') return first.index === next.index;
  return first.kind === next.kind;
}
