import assert from 'node:assert/strict';
import type { ChatMessage, InferenceChoice, StreamChunk, ToolCall, ToolDefinition } from '@ferrum/interfaces';

const cities = ['Oslo', 'Rome'];
const days = [1, 2, 3];

/** Its schema leaves few arguments, so that even a model that understands nothing comes to an end. */
export const weather: ToolDefinition = {
  name: 'get_weather',
  description: 'Forecasts the weather of a city.',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string', enum: cities }, days: { type: 'integer', enum: days } },
    required: ['city', 'days'],
    additionalProperties: false,
  },
};

/** Without arguments. */
export const clock: ToolDefinition = { name: 'clock', description: 'Tells the time.' };

export const conversation: readonly ChatMessage[] = [
  { role: 'user', content: 'How will the weather in Oslo be on the next 2 days?' },
];

/** Calls that a model was made to ask for. @throws AssertionError unless there is one at least, of these tools, as their schemas say */
export function requireCalls(answer: InferenceChoice, tools: readonly ToolDefinition[]): readonly ToolCall[] {
  const { toolCalls = [], finishReason } = answer;
  assert.ok(toolCalls.length > 0, `The answer has no calls, but the text "${answer.text}".`);
  assert.equal(finishReason, 'tool_calls');
  requireKnown(toolCalls, tools);
  for (const call of toolCalls) {
    const given: unknown = parsed(call);
    if (call.name === clock.name) {
      assert.deepEqual(given, {}, `${call.name} takes no arguments.`);
      continue;
    }
    assert.ok(typeof given === 'object' && given !== null, `The arguments of ${call.name} are no object.`);
    const { city, days: asked, ...others } = given as Readonly<Record<string, unknown>>;
    assert.ok(
      cities.includes(String(city)) && days.includes(asked as number),
      `${call.arguments} is not in the schema.`,
    );
    assert.deepEqual(others, {}, `${call.arguments} has more than the schema.`);
  }
  return toolCalls;
}

/** Of calls that the model may have made up: their names and ids. */
export function requireKnown(toolCalls: readonly ToolCall[], tools: readonly ToolDefinition[]): void {
  const names = tools.map(({ name }) => name);
  for (const { id, name } of toolCalls) {
    assert.ok(names.includes(name), `There is no tool "${name}" that may be called.`);
    assert.ok(typeof id === 'string' && id.length > 0, 'A call has no id.');
  }
  assert.equal(new Set(toolCalls.map(({ id }) => id)).size, toolCalls.length, 'Two calls share an id.');
}

/** The calls that the pieces in a stream make up. @throws AssertionError for pieces that cannot be put together */
export function joinCalls(chunks: readonly StreamChunk[], choice?: number): readonly ToolCall[] {
  const calls: ToolCall[] = [];
  for (const chunk of chunks.filter((one) => choice === undefined || one.choice === choice)) {
    for (const { index, id, name, arguments: piece } of chunk.toolCalls ?? []) {
      const begun = calls[index];
      if (begun) {
        assert.ok(
          index === calls.length - 1,
          `A piece of call ${index} comes after call ${calls.length - 1} has begun.`,
        );
        assert.ok(
          id === undefined && name === undefined,
          'The id and the name come in the first piece of a call only.',
        );
        calls[index] = { ...begun, arguments: begun.arguments + piece };
      } else {
        assert.equal(index, calls.length, 'Calls are numbered from 0, in their order.');
        assert.ok(id !== undefined && name !== undefined, 'The first piece of a call has its id and its name.');
        calls.push({ id, name, arguments: piece });
      }
    }
  }
  return calls;
}

/** Ids are made up for each answer. */
export const withoutIds = (calls: readonly ToolCall[]): readonly Omit<ToolCall, 'id'>[] =>
  calls.map(({ id: _, ...call }) => call);

function parsed(call: ToolCall): unknown {
  try {
    return JSON.parse(call.arguments);
  } catch (cause) {
    throw new Error(`The arguments of ${call.name} are no JSON: ${call.arguments}`, { cause });
  }
}
