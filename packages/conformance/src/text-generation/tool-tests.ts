import assert from 'node:assert/strict';
import type { ChatMessage, ChatRequest, StreamChunk } from '@ferrum/interfaces';
import { featureContract } from '../engine/feature-contract.js';
import { rejection } from '../engine/rejection.js';
import { stream, type TextSubject, textOf, untyped } from './requests.js';
import { clock, conversation, joinCalls, requireCalls, requireKnown, weather, withoutIds } from './tool-calls.js';

const tools = [weather, clock];
const isWrong = ['RequestValidation', 'InvalidParameter'] as const;

/** How a conversation goes on in which a tool was called. */
const answered: readonly ChatMessage[] = [
  ...conversation,
  {
    role: 'assistant',
    content: '',
    toolCalls: [{ id: 'call_1', name: weather.name, arguments: '{"city":"Oslo","days":2}' }],
  },
  { role: 'tool', content: 'Rain on both days, 4 degrees.', toolCallId: 'call_1' },
];

/** Requests that are wrong, by what is wrong with them. */
const wrong: Readonly<Record<string, object>> = {
  'tools that are no list': { tools: 'clock' },
  'a tool without a name': { tools: [{ description: 'Tells the time.' }] },
  'an empty name': { tools: [{ name: '' }] },
  'a name of two words': { tools: [{ name: 'the clock' }] },
  'a name that is no text': { tools: [{ name: 7 }] },
  'two tools of one name': { tools: [clock, weather, clock] },
  'parameters that are no object': { tools: [{ ...clock, parameters: { type: 'string' } }] },
  'parameters that are no schema': { tools: [{ ...clock, parameters: 'none' }] },
  'a choice of an unknown tool': { tools, toolChoice: { name: 'nonesuch' } },
  'an unknown tool among those allowed': { tools, toolChoice: { allowed: ['clock', 'nonesuch'], mode: 'auto' } },
  'no tools that are allowed': { tools, toolChoice: { allowed: [], mode: 'auto' } },
  'another choice': { tools, toolChoice: 'maybe' },
  'a choice without tools': { toolChoice: 'required' },
  'the answer to no call': { messages: [...conversation, { role: 'tool', content: 'Rain.', toolCallId: 'call_1' }] },
  'the answer of a tool that does not say to which call': {
    messages: [...answered.slice(0, 2), { role: 'tool', content: 'Rain.' }],
  },
  'calls that the user asks for': { messages: [{ ...answered[1], role: 'user' }] },
  'tools beside a prompt': { messages: undefined, prompt: 'What time is it?', tools },
};

/** Functions that a model may ask to call. */
export function toolTests(subject: TextSubject): void {
  const ask = (more: Partial<ChatRequest>, maxTokens = 256): ChatRequest => ({
    messages: conversation,
    tools,
    sampling: { temperature: 0, maxTokens },
    ...more,
  });
  const infer = (more: Partial<ChatRequest>, maxTokens?: number) => subject.engine.infer(ask(more, maxTokens));
  const promptTokens = async (more: Partial<ChatRequest>) => (await infer(more, 1)).usage.promptTokens;

  featureContract(subject, 'tools', {
    works: (test) => {
      test('a tool that is chosen by its name is called, with arguments that fit its schema', async () => {
        for (const tool of tools) requireCalls(await infer({ toolChoice: { name: tool.name } }), [tool]);
      });

      test('where a call is required one of the tools is called, and only those that are allowed', async () => {
        const calls = requireCalls(await infer({ toolChoice: 'required', parallelToolCalls: false }), tools);
        assert.equal(calls.length, 1, 'There are several calls, though parallelToolCalls is false.');
        for (const tool of tools) {
          const toolChoice = { allowed: [tool.name], mode: 'required' } as const;
          requireCalls(await infer({ toolChoice, parallelToolCalls: false }), [tool]);
        }
      });

      test('where the model may choose it calls none but the tools, and says so', async () => {
        for (const toolChoice of ['auto', 'required'] as const) {
          const { toolCalls, finishReason } = await infer({ toolChoice }, 128);
          assert.notEqual(toolCalls?.length, 0, 'Where there are no calls toolCalls is left out.');
          requireKnown(toolCalls ?? [], tools);
          if (finishReason === 'length') continue;
          assert.equal(finishReason === 'tool_calls', toolCalls !== undefined, `It ended with ${finishReason}.`);
        }
      });

      test('a choice of none, or no tools, gives no calls', async () => {
        for (const answer of [await infer({ toolChoice: 'none' }, 64), await infer({ tools: [] }, 64)]) {
          assert.equal(answer.toolCalls, undefined);
          assert.notEqual(answer.finishReason, 'tool_calls');
        }
      });

      test('a call that maxTokens cuts off ends with length', async () => {
        const { finishReason, toolCalls = [] } = await infer({ toolChoice: { name: weather.name } }, 4);
        assert.equal(finishReason, 'length');
        requireKnown(toolCalls, [weather]);
      });

      if (subject.has('multiple-choices')) {
        test('each of several answers has calls of its own', async () => {
          const request = ask({ toolChoice: { name: weather.name } });
          const { choices = [] } = await subject.engine.infer({ ...request, sampling: { ...request.sampling, n: 2 } });
          assert.equal(choices.length, 2);
          const ids = choices.flatMap((choice) => requireCalls(choice, [weather])).map(({ id }) => id);
          assert.equal(new Set(ids).size, ids.length, 'Two answers have calls of one id.');
        });
      }

      if (subject.has('streaming')) {
        test('the pieces of calls in a stream make up those of the whole answer', async () => {
          for (const toolChoice of ['required', { name: weather.name }] as const) {
            const answer = await infer({ toolChoice }, 96);
            const chunks = await stream(subject.engine, ask({ toolChoice }, 96));
            assert.deepEqual(withoutIds(joinCalls(chunks)), withoutIds(answer.toolCalls ?? []));
            requireKnown(joinCalls(chunks), tools);
            assert.equal(textOf(chunks), answer.text);
            assert.equal(endOf(chunks), answer.finishReason);
          }
        });
      }

      test('the model is told of the tools, and of what they answered', async () => {
        const [with_, without] = [await promptTokens({}), await promptTokens({ tools: [] })];
        assert.ok(with_ > without, 'A conversation has no more tokens with tools than without: they are not shown.');
        const long = `${'It rained for a very long time indeed. '.repeat(4)}`;
        const [called, result] = answered.slice(1) as [ChatMessage, ChatMessage];
        const history = await promptTokens({ messages: answered });
        assert.ok(history > with_, 'A call and its answer add nothing to what the model reads.');
        const more = [...conversation, called, { ...result, content: long }];
        assert.ok((await promptTokens({ messages: more })) > history, 'What a tool answered is not read.');
        const renamed = {
          ...called,
          toolCalls: [{ id: 'call_1', name: weather.name, arguments: JSON.stringify({ city: long }) }],
        };
        assert.ok(
          (await promptTokens({ messages: [...conversation, renamed, result] })) > history,
          'Calls are not read.',
        );
      });

      test('refuses tools, choices and conversations that are wrong, and goes on', async () => {
        for (const [what, fields] of Object.entries(wrong)) {
          const request = untyped({ messages: conversation, sampling: { maxTokens: 8 }, ...fields });
          await rejection(() => subject.engine.infer(request), ...isWrong).catch((error) => {
            throw new Error(`${what}: ${error.message}`, { cause: error });
          });
        }
        requireCalls(await infer({ toolChoice: { name: clock.name } }), [clock]);
      });
    },
    uses: {
      tools: (engine) => engine.infer(ask({}, 4)),
      'the answer of a tool': (engine) =>
        engine.infer({ messages: answered, sampling: { temperature: 0, maxTokens: 4 } }),
    },
  });
}

const endOf = (chunks: readonly StreamChunk[]) => chunks.find(({ finishReason }) => finishReason)?.finishReason;
