import { zodFunction, zodResponseFormat } from 'openai/helpers/zod';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type FakeLanguageModelOptions, fakeLanguageModel } from '../testing/fake-language-model.js';
import { connect } from './testing/client.js';

const model = 'text-generation';
const messages = [{ role: 'user' as const, content: 'How is it in Rome?' }];

async function chat(options: FakeLanguageModelOptions) {
  const fake = fakeLanguageModel(options);
  return { fake, ...(await connect({ 'text-generation': fake.engine })) };
}

/** Calls, then says what the tool said. */
const callsThenAnswers: FakeLanguageModelOptions = {
  answer: ({ messages: said }) =>
    said?.at(-1)?.role === 'tool'
      ? ['It', ' is', ` ${said.at(-1)?.content}`]
      : [
          { reasoning: 'I have to look.' },
          { toolCalls: [{ index: 0, id: 'call_1', name: 'weather', arguments: '{"city":' }] },
          { toolCalls: [{ index: 0, arguments: '"Rome"}' }] },
        ],
};

const weather = {
  type: 'function' as const,
  function: {
    name: 'weather',
    description: 'Tells the weather of a city.',
    parameters: { type: 'object', properties: { city: { type: 'string' } } },
    parse: (json: string): { city: string } => JSON.parse(json),
    function: ({ city }: { city: string }) => (city === 'Rome' ? 'sunny' : 'unknown'),
  },
};

describe('chat.completions.runTools', () => {
  it('goes on until the answer', async () => {
    const { client, fake } = await chat(callsThenAnswers);
    const runner = client.chat.completions.runTools({ model, messages, tools: [weather] });
    expect(await runner.finalContent()).toBe('It is sunny');
    expect(fake.requests[1]?.messages?.slice(1)).toMatchObject([
      { role: 'assistant', toolCalls: [{ id: 'call_1', name: 'weather', arguments: '{"city":"Rome"}' }] },
      { role: 'tool', toolCallId: 'call_1', content: 'sunny' },
    ]);
  });

  it('does so in a stream', async () => {
    const { client } = await chat(callsThenAnswers);
    const runner = client.chat.completions.runTools({ model, messages, tools: [weather], stream: true });
    let text = '';
    runner.on('content', (delta) => {
      text += delta;
    });
    expect(await runner.finalContent()).toBe('It is sunny');
    expect(text).toBe('It is sunny');
    expect((await runner.finalFunctionToolCall())?.arguments).toBe('{"city":"Rome"}');
  });

  it('parses the arguments of zodFunction', async () => {
    const { client, fake } = await chat(callsThenAnswers);
    const tool = zodFunction({
      name: 'weather',
      parameters: z.object({ city: z.string() }),
      function: ({ city }) => `sunny in ${city}`,
    });
    const runner = client.chat.completions.runTools({ model, messages, tools: [tool] });
    expect(await runner.finalContent()).toBe('It is sunny in Rome');
    expect(fake.requests[0]?.tools?.[0]).toMatchObject({
      name: 'weather',
      strict: true,
      parameters: { type: 'object' },
    });
  });
});

describe('chat.completions.parse', () => {
  const answer = z.object({ city: z.string(), degrees: z.number() });

  it('gives what zodResponseFormat describes', async () => {
    const { client, fake } = await chat({ answer: () => ['{"city":"Rome",', '"degrees":31}'] });
    const completion = await client.chat.completions.parse({
      ...{ model, messages, response_format: zodResponseFormat(answer, 'weather') },
    });
    expect(completion.choices[0]?.message.parsed).toEqual({ city: 'Rome', degrees: 31 });
    expect(fake.requests[0]?.sampling?.responseFormat).toMatchObject({
      type: 'json_schema',
      schema: { type: 'object', required: ['city', 'degrees'], additionalProperties: false },
    });
  });

  it('takes back a message that it parsed', async () => {
    const { client } = await chat(callsThenAnswers);
    const tool = zodFunction({ name: 'weather', parameters: z.object({ city: z.string() }) });
    const { choices } = await client.chat.completions.parse({ model, messages, tools: [tool] });
    const { message } = choices[0] ?? {};
    expect(message?.tool_calls?.[0]).toMatchObject({ function: { parsed_arguments: { city: 'Rome' } } });
    if (message === undefined) return;
    const result = { role: 'tool' as const, tool_call_id: 'call_1', content: 'sunny' };
    const next = await client.chat.completions.create({ model, messages: [...messages, message, result] });
    expect(next.choices[0]?.message.content).toBe('It is sunny');
  });
});

describe('chat.completions.stream', () => {
  it('puts content, calls and usage together', async () => {
    const { client } = await chat(callsThenAnswers);
    const stream = client.chat.completions.stream({
      ...{ model, messages, tools: [weather], stream_options: { include_usage: true } },
    });
    const completion = await stream.finalChatCompletion();
    expect(completion.choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: { tool_calls: [{ id: 'call_1', function: { name: 'weather', arguments: '{"city":"Rome"}' } }] },
    });
    expect(completion.usage?.completion_tokens_details?.reasoning_tokens).toBe(1);
  });

  it('gives the final content', async () => {
    const { client } = await chat({ answer: () => ['Good', ' day'] });
    expect(await client.chat.completions.stream({ model, messages }).finalContent()).toBe('Good day');
  });
});
