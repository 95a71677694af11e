import { FerrumError } from '@ferrum/registry/errors';
import { zodResponsesFunction, zodTextFormat } from 'openai/helpers/zod';
import type { ResponseInput } from 'openai/resources/responses/responses';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type FakeLanguageModelOptions, fakeLanguageModel } from '../testing/fake-language-model.js';
import { collect, connect } from './testing/client.js';

const model = 'text-generation';

async function connected(options: FakeLanguageModelOptions = {}) {
  const fake = fakeLanguageModel(options);
  return { fake, ...(await connect({ 'text-generation': fake.engine })) };
}

const thinkAndCall: FakeLanguageModelOptions = {
  answer: () => [
    { reasoning: 'Look' },
    { reasoning: ' outside.' },
    { text: 'Wait.' },
    { toolCalls: [{ index: 0, id: 'call_1', name: 'weather', arguments: '{"city":' }] },
    { toolCalls: [{ index: 0, arguments: '"Rome"}' }] },
    { toolCalls: [{ index: 1, id: 'call_2', name: 'weather', arguments: '{}' }] },
  ],
};
const weather = {
  type: 'function' as const,
  name: 'weather',
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
  strict: true,
};

describe('responses.create', () => {
  it('answers a text', async () => {
    const { client, fake } = await connected();
    const response = await client.responses.create({
      model,
      input: 'one two three',
      instructions: 'Be brief.',
      max_output_tokens: 100,
      metadata: { a: 'b' },
      store: false,
    });
    expect(response.output_text).toBe('one two three');
    expect(response).toMatchObject({
      id: expect.stringMatching(/^resp_/),
      object: 'response',
      status: 'completed',
      error: null,
      incomplete_details: null,
      instructions: 'Be brief.',
      max_output_tokens: 100,
      metadata: { a: 'b' },
      model,
      store: false,
      tool_choice: 'auto',
      usage: { input_tokens: 5, output_tokens: 3, total_tokens: 8, output_tokens_details: { reasoning_tokens: 0 } },
    });
    expect(fake.requests[0]).toMatchObject({
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'one two three' },
      ],
      sampling: { maxTokens: 100 },
    });
  });

  it('gives reasoning, text and calls as items, and takes them back', async () => {
    const { client, fake } = await connected(thinkAndCall);
    const input: ResponseInput = [{ role: 'user', content: [{ type: 'input_text', text: 'Rome?' }] }];
    const request = { model, tools: [weather], reasoning: { effort: 'low' as const } };
    const { output } = await client.responses.create({ ...request, input });
    expect(output).toMatchObject([
      { type: 'reasoning', summary: [], content: [{ type: 'reasoning_text', text: 'Look outside.' }] },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Wait.', annotations: [] }] },
      { type: 'function_call', call_id: 'call_1', name: 'weather', arguments: '{"city":"Rome"}', status: 'completed' },
      { type: 'function_call', call_id: 'call_2', name: 'weather', arguments: '{}' },
    ]);
    const results = ['call_1', 'call_2'].map((call_id) => ({
      type: 'function_call_output' as const,
      call_id,
      output: 'sun',
    }));
    await client.responses.create({ ...request, input: [...input, ...output, ...results] as ResponseInput });
    expect(fake.requests[1]).toMatchObject({
      reasoning: { effort: 'low' },
      tools: [{ name: 'weather', strict: true }],
      messages: [
        { role: 'user', content: 'Rome?' },
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
        { role: 'tool', content: 'sun', toolCallId: 'call_2' },
      ],
    });
  });

  it('is incomplete where it was cut', async () => {
    const { client } = await connected();
    const response = await client.responses.create({ model, input: 'one two three', max_output_tokens: 2 });
    expect(response).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } });
    expect(response.output[0]).toMatchObject({ status: 'incomplete' });
  });

  it('gives log-probabilities where they are asked for', async () => {
    const { client } = await connected();
    const response = await client.responses.create({
      ...{ model, input: 'one', include: ['message.output_text.logprobs'], top_logprobs: 1 },
    });
    expect(response.output[0]).toMatchObject({ content: [{ logprobs: [{ token: 'one', logprob: -0.5 }] }] });
  });
});

describe('responses.stream', () => {
  it('tells of every step, numbered', async () => {
    const { client } = await connected(thinkAndCall);
    const stream = await client.responses.create({ model, input: 'Rome?', tools: [weather], stream: true });
    const events = await collect(stream);
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, index) => index));
    const step = (type: string, times = 1) => Array.from({ length: times }, () => `response.${type}`);
    expect(events.map(({ type }) => type)).toEqual([
      ...[...step('created'), ...step('in_progress')],
      ...[...step('output_item.added'), ...step('content_part.added'), ...step('reasoning_text.delta', 2)],
      ...[...step('reasoning_text.done'), ...step('content_part.done'), ...step('output_item.done')],
      ...[...step('output_item.added'), ...step('content_part.added'), ...step('output_text.delta')],
      ...[...step('output_text.done'), ...step('content_part.done'), ...step('output_item.done')],
      ...[...step('output_item.added'), ...step('function_call_arguments.delta', 2)],
      ...[...step('function_call_arguments.done'), ...step('output_item.done')],
      ...[...step('output_item.added'), ...step('function_call_arguments.delta')],
      ...[...step('function_call_arguments.done'), ...step('output_item.done'), ...step('completed')],
    ]);
    const indexes = events.flatMap((event) => ('output_index' in event ? [event.output_index] : []));
    expect([...new Set(indexes)]).toEqual([0, 1, 2, 3]);
  });

  it('gives reasoning as the summary where one is asked for', async () => {
    const { client } = await connected(thinkAndCall);
    const request = { model, input: 'Rome?', tools: [weather], reasoning: { summary: 'auto' as const } };
    const events = await collect(await client.responses.create({ ...request, stream: true }));
    const deltas = events.flatMap((event) =>
      event.type === 'response.reasoning_summary_text.delta' ? [event.delta] : [],
    );
    expect(deltas.join('')).toBe('Look outside.');
    const { output } = await client.responses.create(request);
    expect(output[0]).toMatchObject({ summary: [{ type: 'summary_text', text: 'Look outside.' }] });
  });

  it('is put together by the client', async () => {
    const { client } = await connected(thinkAndCall);
    const final = await client.responses.stream({ model, input: 'Rome?', tools: [weather] }).finalResponse();
    expect(final.output_text).toBe('Wait.');
    expect(final.output).toHaveLength(4);
    expect(final.usage?.output_tokens_details.reasoning_tokens).toBe(2);
  });

  it('ends with response.failed when the engine fails on the way', async () => {
    const { client } = await connected({ answer: () => ['a', 'b', new FerrumError('Backend', 'no')] });
    const events = await collect(await client.responses.create({ model, input: 'x', stream: true }));
    expect(events.at(-1)).toMatchObject({
      type: 'response.failed',
      response: { status: 'failed', error: { message: 'no' } },
    });
  });

  it('ends the generation of a client that leaves', async () => {
    const { client, fake } = await connected({ beforePiece: () => new Promise((resolve) => setTimeout(resolve, 20)) });
    const input = Array.from({ length: 100 }, () => 'word').join(' ');
    for await (const event of await client.responses.create({ model, input, stream: true })) {
      if (event.type === 'response.created') break;
    }
    await expect.poll(() => fake.active).toBe(0);
  });
});

describe('responses.parse', () => {
  it('gives what zodTextFormat and zodResponsesFunction describe', async () => {
    const { client, fake } = await connected({ answer: () => ['{"city":', '"Rome"}'] });
    const format = zodTextFormat(z.object({ city: z.string() }), 'place');
    const response = await client.responses.parse({ model, input: 'Where?', text: { format } });
    expect(response.output_parsed).toEqual({ city: 'Rome' });
    expect(fake.requests[0]?.sampling?.responseFormat).toMatchObject({
      type: 'json_schema',
      schema: { type: 'object' },
    });
    const calling = await connected(thinkAndCall);
    const tool = zodResponsesFunction({
      name: 'weather',
      parameters: z.object({ city: z.string().optional().nullable() }),
    });
    const { output } = await calling.client.responses.parse({ model, input: 'x', tools: [tool] });
    expect(output[2]).toMatchObject({ parsed_arguments: { city: 'Rome' } });
  });
});

describe('a response', () => {
  it.each([
    [{ previous_response_id: 'resp_1' }, 'previous_response_id'],
    [{ store: true }, 'store'],
    [{ input: [{ type: 'item_reference', id: 'x' }] }, 'input[0].type'],
    [
      { input: [{ role: 'user', content: [{ type: 'input_image', image_url: 'data:' }] }] },
      'input[0].content[0].image_url',
    ],
    [{ input: [{ type: 'function_call_output', output: 'x' }] }, 'input[0].call_id'],
    [{ input: [] }, 'input'],
    [{ tools: [{ type: 'web_search' }] }, 'tools[0].type'],
    [{ tools: [weather, weather] }, 'tools[1].name'],
    [{ tools: [weather], tool_choice: { type: 'function', name: 'no' } }, 'tool_choice.name'],
    [{ tool_choice: 'required' }, 'tool_choice'],
    [{ text: { format: { type: 'json_schema', name: 'x' } } }, 'text.format.schema'],
    [{ max_output_tokens: 0 }, 'max_output_tokens'],
    [{ stream_options: {} }, 'stream_options'],
    [{ truncation: 'auto' }, 'truncation'],
  ])('is refused with %j', async (fields, param) => {
    const { baseURL, fetch, fake } = await connected();
    const response = await fetch(`${baseURL}/responses`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model, input: 'x', ...fields }),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { param } });
    expect(fake.requests).toEqual([]);
  });

  it('says what is wrong before a stream begins', async () => {
    const { client } = await connected({ contextLength: 1 });
    const failing = client.responses.create({ model, input: 'one two', stream: true });
    await expect(failing).rejects.toMatchObject({ status: 400, param: 'input', code: 'context_length_exceeded' });
  });
});
