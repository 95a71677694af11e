import type { InferenceRequest, ToolCall } from '@ferrum/interfaces';
import { describe } from 'vitest';
import { answering, asking, itIsFound, type MockEngine } from './testing/broken-models.js';

const named = 'tools: a tool that is chosen by its name is called, with arguments that fit its schema';
const required = 'tools: where a call is required one of the tools is called, and only those that are allowed';
const free = 'tools: where the model may choose it calls none but the tools, and says so';
const none = 'tools: a choice of none, or no tools, gives no calls';
const cut = 'tools: a call that maxTokens cuts off ends with length';
const several = 'tools: each of several answers has calls of its own';
const read = 'tools: the model is told of the tools, and of what they answered';
const refuses = 'tools: refuses tools, choices and conversations that are wrong, and goes on';

/** Changes every call of an answer. */
const calling = (engine: MockEngine, change: (call: ToolCall) => ToolCall) =>
  answering(engine, ({ toolCalls }) => (toolCalls ? { toolCalls: toolCalls.map(change) } : {}));

const without = (engine: MockEngine, ...fields: readonly string[]) =>
  asking(engine, (request) =>
    typeof request === 'object'
      ? Object.fromEntries(Object.entries(request).filter(([name]) => !fields.includes(name)))
      : request,
  );

/** A request whose tools and choice are replaced by ones that are right, where there are any. */
const lenient = (engine: MockEngine, change: (request: InferenceRequest) => object) =>
  asking(engine, (request) => (request?.messages || request?.tools ? { ...request, ...change(request) } : request));

const call: ToolCall = { id: 'call_1', name: 'nonesuch', arguments: '{}' };

describe('the contract of tools finds', () => {
  itIsFound([
    { it: 'ignores the choice', test: named, by: (engine) => without(engine, 'toolChoice') },
    {
      it: 'calls the first tool, whichever is chosen',
      test: named,
      by: (engine) =>
        lenient(engine, ({ tools = [] }) => ({
          toolChoice: { allowed: tools.slice(0, 1).map(({ name }) => name), mode: 'required' },
        })),
    },
    {
      it: 'does not say that it calls',
      test: named,
      by: (engine) => answering(engine, () => ({ finishReason: 'eos' })),
    },
    {
      it: 'gives arguments that are no JSON',
      test: named,
      by: (engine) => calling(engine, (one) => ({ ...one, arguments: one.arguments.slice(0, -1) })),
    },
    {
      it: 'gives arguments that are not in the schema',
      test: named,
      by: (engine) => calling(engine, (one) => ({ ...one, arguments: one.arguments.replace('Oslo', 'Paris') })),
    },
    {
      it: 'gives more arguments than the schema has',
      test: named,
      by: (engine) => calling(engine, (one) => ({ ...one, arguments: one.arguments.replace('{', '{"more":1,') })),
    },
    { it: 'gives calls no id', test: named, by: (engine) => calling(engine, (one) => ({ ...one, id: '' })) },
    {
      it: 'ignores parallelToolCalls',
      test: required,
      by: (engine) => without(engine, 'parallelToolCalls'),
    },
    {
      it: 'calls what is not allowed',
      test: required,
      by: (engine) =>
        lenient(engine, ({ toolChoice }) => ({ toolChoice: typeof toolChoice === 'object' ? 'required' : toolChoice })),
    },
    {
      it: 'makes tools up',
      test: free,
      by: (engine) => answering(engine, () => ({ toolCalls: [call], finishReason: 'tool_calls' })),
    },
    { it: 'lists no calls', test: free, by: (engine) => answering(engine, () => ({ toolCalls: [] })) },
    {
      it: 'says that it calls where it answers',
      test: free,
      by: (engine) => answering(engine, () => ({ toolCalls: undefined, finishReason: 'tool_calls' })),
    },
    {
      it: 'has one id for all calls',
      test: free,
      by: (engine) => calling(engine, (one) => ({ ...one, id: 'call_1' })),
    },
    {
      it: 'calls where it must not',
      test: none,
      by: (engine) => lenient(engine, ({ tools = [] }) => (tools.length > 0 ? { toolChoice: 'required' } : {})),
    },
    {
      it: 'says that a call is complete which is not',
      test: cut,
      by: (engine) => answering(engine, () => ({ finishReason: 'tool_calls' })),
    },
    {
      it: 'gives several answers the same calls',
      test: several,
      by: (engine) =>
        answering(engine, (response) => ({
          choices: response.choices?.map(() => ({ ...response, choices: undefined })),
        })),
    },
    {
      it: 'calls in the first answer only',
      test: several,
      by: (engine) =>
        answering(engine, ({ choices }) => ({
          choices: choices?.map((choice, index) => (index === 0 ? choice : { ...choice, toolCalls: undefined })),
        })),
    },
    { it: 'hides the tools from the model', test: read, by: (engine) => without(engine, 'tools') },
    {
      it: 'hides calls from the model',
      test: read,
      by: (engine) =>
        lenient(engine, ({ messages }) => ({
          messages: messages?.map((message) =>
            message.toolCalls
              ? { ...message, toolCalls: message.toolCalls.map((one) => ({ ...one, arguments: '{}' })) }
              : message,
          ),
        })),
    },
    {
      it: 'hides what tools answered',
      test: read,
      by: (engine) =>
        lenient(engine, ({ messages }) => ({
          messages: messages?.map((message) =>
            message.role === 'tool' ? { ...message, content: 'It did.' } : message,
          ),
        })),
    },
    {
      it: 'takes any tools and any choice',
      test: refuses,
      by: (engine) => lenient(engine, () => ({ tools: [{ name: 'clock' }], toolChoice: { name: 'clock' } })),
    },
    {
      it: 'takes any choice',
      test: refuses,
      by: (engine) =>
        lenient(engine, ({ tools }) => ({ toolChoice: tools?.length === 1 ? { name: 'clock' } : 'auto' })),
    },
    {
      it: 'takes any conversation',
      test: refuses,
      by: (engine) => lenient(engine, () => ({ prompt: undefined, messages: [{ role: 'user', content: 'Hi' }] })),
    },
  ]);
});
