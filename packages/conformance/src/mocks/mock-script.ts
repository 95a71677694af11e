import type { InferenceRequest, ReasoningOptions, ToolDefinition } from '@ferrum/interfaces';
import { countOn, formatText, type MockCandidates, sampleOf } from './mock-answer.js';
import { wordsOf } from './mock-vocabulary.js';

/**
 * A piece of an answer, a token: text, an error that is thrown in its place, a thought, or a part of a call, which with a name
 * begins another call and without one goes on with the last.
 */
export type MockPiece =
  | string
  | Error
  | { readonly reasoning: string }
  | { readonly toolCall: { readonly name?: string; readonly arguments: string } };

/** What may come at one place of an answer. */
export type MockPart =
  | { readonly kind: 'text' | 'reasoning'; readonly candidates: MockCandidates }
  | {
      readonly kind: 'call';
      readonly candidates: MockCandidates;
      readonly name?: string | undefined;
      readonly arguments: string;
    };

/** What the mock was told to say. */
export function toldScript(pieces: readonly MockPiece[]): readonly (MockPart | Error)[] {
  return pieces.map((piece) => {
    if (piece instanceof Error) return piece;
    if (typeof piece === 'string') return { kind: 'text', candidates: [piece] };
    if ('reasoning' in piece) return { kind: 'reasoning', candidates: [piece.reasoning] };
    const { name, arguments: given } = piece.toolCall;
    return { kind: 'call', candidates: [`${name ?? ''}${given}`], name, arguments: given };
  });
}

/**
 * What the mock says of itself: thoughts, if it was told to think; calls, if it has to call; else an answer in the format
 * that was asked for, or numbers. @param shift of an adapter
 */
export function ownScript(request: InferenceRequest, prompt: string, shift: number): readonly MockPart[] {
  return [...thoughtsOf(request.reasoning), ...(callsOf(request) ?? answerOf(request, prompt, shift))];
}

const thoughts = wordsOf('Let me think about this for a while, step by step, before I answer.');

function thoughtsOf({ enabled, effort = 'none', maxTokens }: ReasoningOptions = {}): readonly MockPart[] {
  if (!(enabled ?? effort !== 'none')) return [];
  return thoughts.slice(0, maxTokens).map((word) => ({ kind: 'reasoning', candidates: [word] }));
}

/** Where it must call it calls one tool or, where it may, two; the arguments are the first that fit. */
function callsOf({
  tools = [],
  toolChoice,
  parallelToolCalls = true,
}: InferenceRequest): readonly MockPart[] | undefined {
  if (toolChoice === undefined || toolChoice === 'auto' || toolChoice === 'none') return undefined;
  if (toolChoice === 'required') return tools.slice(0, parallelToolCalls ? 2 : 1).flatMap(callOf);
  if ('name' in toolChoice) return tools.filter(({ name }) => name === toolChoice.name).flatMap(callOf);
  if (toolChoice.mode === 'auto') return undefined;
  const allowed = tools.filter(({ name }) => toolChoice.allowed.includes(name));
  return allowed.slice(0, parallelToolCalls ? 2 : 1).flatMap(callOf);
}

function callOf({ name, parameters = { type: 'object' } }: ToolDefinition): readonly MockPart[] {
  const pieces = JSON.stringify(sampleOf(parameters)).match(/[^,:]+[,:]?|[,:]/g) ?? [];
  return [
    { kind: 'call', name, candidates: [name], arguments: '' },
    ...pieces.map((piece): MockPart => ({ kind: 'call', candidates: [piece], arguments: piece })),
  ];
}

function answerOf(request: InferenceRequest, prompt: string, shift: number): readonly MockPart[] {
  const format = request.sampling?.responseFormat;
  const text = format && formatText(format);
  const places = text === undefined ? countOn(prompt, shift) : wordsOf(text).map((word) => [word]);
  return places.map((candidates) => ({ kind: 'text', candidates }));
}
