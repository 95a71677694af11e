import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod';
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod';
import type { MessageParam, Tool } from '@anthropic-ai/sdk/resources/messages';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { FakeLanguageModelOptions } from '../testing/fake-language-model.js';
import { connectAnthropic, model } from './testing/anthropic-client.js';
import { collect } from './testing/client.js';

const messages: MessageParam[] = [{ role: 'user', content: 'How is it in Rome?' }];
const request = { model, messages, max_tokens: 100 };

const weather: Tool = {
  name: 'weather',
  description: 'Tells the weather of a city.',
  input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  strict: true,
};

const thinkAndCall: FakeLanguageModelOptions = {
  answer: () => [
    { reasoning: 'Look' },
    { reasoning: ' outside.' },
    { text: 'Wait' },
    { text: '.' },
    { toolCalls: [{ index: 0, id: 'call_1', name: 'weather', arguments: '{"city":' }] },
    { toolCalls: [{ index: 0, arguments: '"Rome"}' }] },
    { toolCalls: [{ index: 1, id: 'call_2', name: 'weather', arguments: '{}' }] },
  ],
};

const blocks = [
  { type: 'thinking', thinking: 'Look outside.', signature: 'unsigned' },
  { type: 'text', text: 'Wait.', citations: null },
  { type: 'tool_use', id: 'call_1', name: 'weather', input: { city: 'Rome' } },
  { type: 'tool_use', id: 'call_2', name: 'weather', input: {} },
];

describe('messages.create', () => {
  it('answers a text', async () => {
    const { client, fake } = await connectAnthropic();
    const message = await client.messages.create({
      ...request,
      system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }],
      metadata: { user_id: 'somebody' },
      stop_sequences: ['\n\n', 'END'],
    });
    expect(message).toMatchObject({
      id: expect.stringMatching(/^msg_/),
      type: 'message',
      role: 'assistant',
      model,
      content: [{ type: 'text', text: 'How is it in Rome?', citations: null }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      // Of the seven one was in the prefix cache.
      usage: { input_tokens: 6, cache_read_input_tokens: 1, cache_creation_input_tokens: 0, output_tokens: 5 },
    });
    expect(message._request_id).toMatch(/^[\w-]{36}$/);
    expect(fake.requests[0]).toMatchObject({
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'How is it in Rome?' },
      ],
      sampling: { maxTokens: 100, stopSequences: ['\n\n', 'END'] },
    });
  });

  it('gives thinking, text and calls as blocks, and takes them back', async () => {
    const { client, fake } = await connectAnthropic(thinkAndCall);
    const asked = { ...request, tools: [weather], thinking: { type: 'enabled' as const, budget_tokens: 50 } };
    const { content, stop_reason, usage } = await client.messages.create(asked);
    expect(content).toMatchObject(blocks);
    expect(stop_reason).toBe('tool_use');
    expect(usage.output_tokens_details).toEqual({ thinking_tokens: 2 });
    await client.messages.create({
      ...asked,
      messages: [
        ...messages,
        { role: 'assistant', content },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'call_1', content: [{ type: 'text', text: 'sun' }] },
            { type: 'tool_result', tool_use_id: 'call_2', content: 'No city.', is_error: true },
            { type: 'text', text: 'And now?' },
          ],
        },
      ],
    });
    expect(fake.requests[1]).toMatchObject({
      reasoning: { enabled: true, maxTokens: 50 },
      tools: [{ name: 'weather', strict: true, parameters: weather.input_schema }],
      messages: [
        { role: 'user', content: 'How is it in Rome?' },
        {
          role: 'assistant',
          content: 'Wait.',
          reasoning: 'Look outside.',
          toolCalls: [
            { id: 'call_1', name: 'weather', arguments: '{"city":"Rome"}' },
            { id: 'call_2', name: 'weather', arguments: '{}' },
          ],
        },
        { role: 'tool', content: 'sun', toolCallId: 'call_1' },
        { role: 'tool', content: 'Error: No city.', toolCallId: 'call_2' },
        { role: 'user', content: 'And now?' },
      ],
    });
  });

  it.each([
    [{ type: 'auto' as const }, 'auto', undefined],
    [{ type: 'any' as const, disable_parallel_tool_use: true }, 'required', false],
    [{ type: 'tool' as const, name: 'weather' }, { name: 'weather' }, undefined],
    [{ type: 'none' as const }, 'none', undefined],
  ])('takes the choice %j', async (tool_choice, toolChoice, parallel) => {
    const { client, fake } = await connectAnthropic();
    await client.messages.create({ ...request, tools: [weather], tool_choice });
    expect(fake.requests[0]?.toolChoice).toEqual(toolChoice);
    expect(fake.requests[0]?.parallelToolCalls).toBe(parallel);
  });
});

describe('messages.stream', () => {
  it('tells of every step', async () => {
    const { client } = await connectAnthropic(thinkAndCall);
    const stream = await client.messages.create({ ...request, tools: [weather], stream: true });
    const events = await collect(stream);
    const block = (deltas: number) => [
      'content_block_start',
      ...Array.from({ length: deltas }, () => 'content_block_delta'),
      'content_block_stop',
    ];
    expect(events.map(({ type }) => type)).toEqual([
      'message_start',
      // Of thinking the last is the signature.
      ...[...block(3), ...block(2), ...block(2), ...block(1)],
      ...['message_delta', 'message_stop'],
    ]);
    expect(events[0]).toMatchObject({ message: { content: [], stop_reason: null, usage: { input_tokens: 5 } } });
    const indexes = events.flatMap((event) => ('index' in event ? [event.index] : []));
    expect([...new Set(indexes)]).toEqual([0, 1, 2, 3]);
  });

  it('is put together by the client', async () => {
    const { client } = await connectAnthropic(thinkAndCall);
    const stream = client.messages.stream({ ...request, tools: [weather] });
    let text = '';
    stream.on('text', (delta) => {
      text += delta;
    });
    const message = await stream.finalMessage();
    expect(message.content).toMatchObject(blocks);
    expect(message.stop_reason).toBe('tool_use');
    expect(message.usage).toMatchObject({ input_tokens: 4, cache_read_input_tokens: 1, output_tokens: 7 });
    expect(text).toBe('Wait.');
    expect(stream.request_id).toMatch(/./);
  });

  it('ends the generation of a client that leaves', async () => {
    const { client, fake } = await connectAnthropic({
      beforePiece: () => new Promise((resolve) => setTimeout(resolve, 20)),
    });
    const content = Array.from({ length: 100 }, () => 'word').join(' ');
    const stream = client.messages.stream({ ...request, messages: [{ role: 'user', content }] });
    for await (const event of stream) if (event.type === 'message_start') break;
    await expect.poll(() => fake.active).toBe(0);
  });
});

describe('messages.parse', () => {
  it('gives what zodOutputFormat describes', async () => {
    const { client, fake } = await connectAnthropic({ answer: () => ['{"city":', '"Rome"}'] });
    const output_config = { format: zodOutputFormat(z.object({ city: z.string() })) };
    const message = await client.messages.parse({ ...request, output_config });
    expect(message.parsed_output).toEqual({ city: 'Rome' });
    expect(fake.requests[0]?.sampling?.responseFormat).toMatchObject({
      type: 'json_schema',
      schema: { type: 'object', required: ['city'] },
    });
  });
});

describe('beta.messages.toolRunner', () => {
  it.each([false, true])('goes on until the answer, in a stream: %j', async (stream) => {
    const { client, fake } = await connectAnthropic({
      answer: ({ messages: said }) =>
        said?.at(-1)?.role === 'tool'
          ? ['It', ' is', ` ${said.at(-1)?.content}`]
          : [{ toolCalls: [{ index: 0, id: 'call_1', name: 'weather', arguments: '{"city":"Rome"}' }] }],
    });
    const tool = betaZodTool({
      name: 'weather',
      description: 'Tells the weather of a city.',
      inputSchema: z.object({ city: z.string() }),
      run: ({ city }) => `sunny in ${city}`,
    });
    const message = await client.beta.messages.toolRunner({
      ...{ model, max_tokens: 100, tools: [tool], stream },
      messages: [{ role: 'user', content: 'How is it in Rome?' }],
    });
    expect(message.content).toMatchObject([{ type: 'text', text: 'It is sunny in Rome' }]);
    expect(fake.requests[1]?.messages?.slice(1)).toMatchObject([
      { role: 'assistant', toolCalls: [{ id: 'call_1', name: 'weather' }] },
      { role: 'tool', toolCallId: 'call_1', content: 'sunny in Rome' },
    ]);
  });
});

describe('messages.countTokens', () => {
  it('counts what the model reads', async () => {
    const { client, fake } = await connectAnthropic();
    const counted = await client.messages.countTokens({ model, messages, system: 'Be brief.', tools: [weather] });
    expect(counted).toEqual({ input_tokens: 7 });
    expect(fake.requests).toEqual([]);
  });
});
