import type { FinishReason, InferenceChoice, InferenceResponse, ToolCall } from '@ferrum/interfaces';
import { Type } from 'typebox';
import { now, toFinishReason, toUsage, usageSchema } from '../generation/generation-result.js';
import { nullable, oneOf } from '../schema/nullable.js';
import { toChatLogprobs } from './chat-logprobs.js';

/** @param isLegacy whether calls are answered as `function_call`, to a request with `functions` */
export function toChatResponse(id: string, model: string, response: InferenceResponse, isLegacy = false) {
  const choices = response.choices ?? [response];
  return {
    id,
    object: 'chat.completion' as const,
    created: now(),
    model,
    choices: choices.map((choice, index) => toChoice(choice, index, isLegacy)),
    usage: toUsage(response.usage),
  };
}

function toChoice(choice: InferenceChoice, index: number, isLegacy: boolean) {
  return {
    index,
    message: toMessage(choice, isLegacy),
    logprobs: toChatLogprobs(choice.logprobs),
    finish_reason: chatFinishReason(choice.finishReason, isLegacy),
  };
}

function toMessage({ text, reasoning, toolCalls = [] }: InferenceChoice, isLegacy: boolean) {
  const [first] = toolCalls;
  return {
    role: 'assistant' as const,
    content: text === '' && first !== undefined ? null : text,
    refusal: null,
    ...(reasoning === undefined ? {} : { reasoning_content: reasoning }),
    ...(first === undefined
      ? {}
      : isLegacy
        ? { function_call: functionOf(first) }
        : { tool_calls: toolCalls.map(toCall) }),
  };
}

function toCall(call: ToolCall) {
  return { id: call.id, type: 'function' as const, function: functionOf(call) };
}

function functionOf({ name, arguments: json }: ToolCall) {
  return { name, arguments: json };
}

/** Calls end an answer for a reason of their own, which has an older name. */
export function chatFinishReason(reason: FinishReason, isLegacy: boolean): string {
  const shown = toFinishReason(reason);
  return shown === 'tool_calls' && isLegacy ? 'function_call' : shown;
}

const token = {
  token: Type.String(),
  logprob: Type.Number(),
  bytes: Type.Union([Type.Array(Type.Integer()), Type.Null()]),
};
const logprobs = Type.Union([
  Type.Object({
    content: Type.Array(Type.Object({ ...token, top_logprobs: Type.Array(Type.Object(token)) })),
    refusal: Type.Null(),
  }),
  Type.Null(),
]);
const finishReason = oneOf(['stop', 'length', 'tool_calls', 'function_call', 'content_filter']);
const reasoningContent = Type.Optional(Type.String({ description: 'Extension: what the model thought first.' }));
const called = Type.Object({ name: Type.String(), arguments: Type.String({ description: 'JSON text.' }) });
const calledPiece = Type.Object({ name: Type.Optional(Type.String()), arguments: Type.String() });
const common = { id: Type.String(), created: Type.Integer(), model: Type.String() };

export const chatResponseSchema = Type.Object({
  ...common,
  object: Type.Literal('chat.completion'),
  choices: Type.Array(
    Type.Object({
      index: Type.Integer(),
      message: Type.Object({
        role: Type.Literal('assistant'),
        content: nullable(Type.String()),
        refusal: Type.Null(),
        reasoning_content: reasoningContent,
        tool_calls: Type.Optional(
          Type.Array(Type.Object({ id: Type.String(), type: Type.Literal('function'), function: called })),
        ),
        function_call: Type.Optional(called),
      }),
      logprobs,
      finish_reason: finishReason,
    }),
  ),
  usage: usageSchema,
});

export const chatChunkSchema = Type.Object({
  ...common,
  object: Type.Literal('chat.completion.chunk'),
  choices: Type.Array(
    Type.Object({
      index: Type.Integer(),
      delta: Type.Object({
        role: Type.Optional(Type.Literal('assistant')),
        content: Type.Optional(nullable(Type.String())),
        refusal: Type.Optional(Type.Null()),
        reasoning_content: reasoningContent,
        tool_calls: Type.Optional(
          Type.Array(
            Type.Object({
              index: Type.Integer(),
              id: Type.Optional(Type.String()),
              type: Type.Optional(Type.Literal('function')),
              function: calledPiece,
            }),
            { description: 'The first piece of each call has its id and name; the arguments are to be joined.' },
          ),
        ),
        function_call: Type.Optional(calledPiece),
      }),
      logprobs,
      finish_reason: nullable(finishReason),
    }),
    { description: 'None in the chunk of the usage.' },
  ),
  usage: Type.Optional(nullable(usageSchema)),
});
