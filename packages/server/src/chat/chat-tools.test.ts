import { describe, expect, it } from 'vitest';
import { fakeHost } from '../testing/fake-host.js';
import { fakeLanguageModel } from '../testing/fake-language-model.js';
import { eventsOf, post, testServer } from '../testing/test-server.js';
import { anyJsonOf, textModel, textServer } from '../testing/text-server.js';

const path = '/v1/chat/completions';
const model = textModel;
const messages = [{ role: 'user', content: 'one two' }];
const weather = {
  name: 'weather',
  description: 'Says it.',
  parameters: { type: 'object', properties: {} },
  strict: true,
};
const tools = [
  { type: 'function', function: weather },
  { type: 'function', function: { name: 'time' } },
];
const callPieces = [
  { reasoning: 'Look outside.' },
  { toolCalls: [{ index: 0, id: 'call_1', name: 'weather', arguments: '' }] },
  { toolCalls: [{ index: 0, arguments: '{"a":' }] },
  { toolCalls: [{ index: 0, arguments: '1}' }] },
  { toolCalls: [{ index: 1, id: 'call_2', name: 'time', arguments: '{}' }] },
];
const calling = { answer: () => callPieces };

describe('tools of a chat completion', () => {
  it('reach the engine, whatever the choice', async () => {
    await using server = await textServer();
    const choices = [
      [undefined, undefined],
      ['none', 'none'],
      ['required', 'required'],
      [{ type: 'function', function: { name: 'time' } }, { name: 'time' }],
      [
        {
          type: 'allowed_tools',
          allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name: 'time' } }] },
        },
        { mode: 'required', allowed: ['time'] },
      ],
    ] as const;
    for (const [tool_choice, toolChoice] of choices) {
      const response = await post(server.url, path, {
        model,
        messages,
        tools,
        tool_choice,
        parallel_tool_calls: false,
      });
      expect(response.status).toBe(200);
      const request = server.fake.requests.at(-1);
      expect(request?.tools).toEqual([weather, { name: 'time' }]);
      expect(request?.toolChoice).toEqual(toolChoice);
      expect(request?.parallelToolCalls).toBe(false);
    }
  });

  it('answer with calls and what was thought', async () => {
    await using server = await textServer(calling);
    const { choices, usage } = await anyJsonOf(await post(server.url, path, { model, messages, tools }));
    expect(choices[0]).toEqual({
      index: 0,
      message: {
        role: 'assistant',
        content: null,
        refusal: null,
        reasoning_content: 'Look outside.',
        tool_calls: [
          { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"a":1}' } },
          { id: 'call_2', type: 'function', function: { name: 'time', arguments: '{}' } },
        ],
      },
      logprobs: null,
      finish_reason: 'tool_calls',
    });
    expect(usage.completion_tokens_details).toEqual({ reasoning_tokens: 1 });
  });

  it('come in part where the answer is cut, as a stream has them', async () => {
    await using server = await textServer(calling);
    const body = { model, messages, tools, tool_choice: 'required', max_tokens: 3 };
    const { choices } = await anyJsonOf(await post(server.url, path, body));
    const called = { name: 'weather', arguments: '{"a":' };
    expect(choices[0]).toMatchObject({
      message: { content: null, tool_calls: [{ id: 'call_1', type: 'function', function: called }] },
      finish_reason: 'length',
    });
    const events = await eventsOf(await post(server.url, path, { ...body, stream: true }));
    const deltas = events.slice(0, -1).map((event) => JSON.parse(event).choices[0].delta.tool_calls?.[0].function);
    expect(deltas.map((delta) => delta?.arguments ?? '').join('')).toBe(called.arguments);
  });

  it('stream as the deltas that OpenAI sends', async () => {
    await using server = await textServer(calling);
    const events = await eventsOf(await post(server.url, path, { model, messages, tools, stream: true }));
    const choices = events.slice(0, -1).map((event) => JSON.parse(event).choices[0]);
    expect(choices.map(({ delta }) => delta)).toEqual([
      { role: 'assistant', content: '', refusal: null },
      { reasoning_content: 'Look outside.' },
      { tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'weather', arguments: '' } }] },
      { tool_calls: [{ index: 0, function: { arguments: '{"a":' } }] },
      { tool_calls: [{ index: 0, function: { arguments: '1}' } }] },
      { tool_calls: [{ index: 1, id: 'call_2', type: 'function', function: { name: 'time', arguments: '' } }] },
      { tool_calls: [{ index: 1, function: { arguments: '{}' } }] },
      {},
    ]);
    expect(choices.at(-1).finish_reason).toBe('tool_calls');
  });

  it('of the older form answer with one call', async () => {
    await using server = await textServer(calling);
    const body = { model, messages, functions: [weather, { name: 'time' }], function_call: { name: 'weather' } };
    const { choices } = await anyJsonOf(await post(server.url, path, body));
    expect(choices[0]).toMatchObject({
      message: { content: null, function_call: { name: 'weather', arguments: '{"a":1}' } },
      finish_reason: 'function_call',
    });
    expect(server.fake.requests[0]).toMatchObject({ toolChoice: { name: 'weather' }, parallelToolCalls: false });
    const events = await eventsOf(await post(server.url, path, { ...body, stream: true }));
    const deltas = events.slice(0, -1).map((event) => JSON.parse(event).choices[0]);
    expect(deltas.slice(2, 4).map(({ delta }) => delta)).toEqual([
      { function_call: { name: 'weather', arguments: '' } },
      { function_call: { arguments: '{"a":' } },
    ]);
    expect(deltas.at(-1).finish_reason).toBe('function_call');
  });

  it('are part of the history, in both forms', async () => {
    await using server = await textServer();
    const history = [
      ...messages,
      {
        role: 'assistant',
        content: null,
        reasoning_content: 'Hm.',
        tool_calls: [{ id: 'a', type: 'function', function: { name: 'time', arguments: '{}' } }],
      },
      { role: 'tool', tool_call_id: 'a', content: 'noon' },
      { role: 'assistant', function_call: { name: 'time', arguments: '{}' } },
      { role: 'function', name: 'time', content: 'night' },
    ];
    expect((await post(server.url, path, { model, messages: history, tools })).status).toBe(200);
    expect(server.fake.requests[0]?.messages?.slice(1)).toEqual([
      { role: 'assistant', content: '', reasoning: 'Hm.', toolCalls: [{ id: 'a', name: 'time', arguments: '{}' }] },
      { role: 'tool', content: 'noon', toolCallId: 'a' },
      { role: 'assistant', content: '', toolCalls: [{ id: 'call_3', name: 'time', arguments: '{}' }] },
      { role: 'tool', content: 'night', name: 'time', toolCallId: 'call_3' },
    ]);
  });

  it('are kept by a session', async () => {
    await using server = await textServer({
      answer: ({ messages: said }) => (said?.at(-1)?.role === 'tool' ? ['Sunny.'] : callPieces),
    });
    const headers = { 'x-ferrum-session': 's' };
    await post(server.url, path, { model, messages, tools }, headers);
    const results = ['call_1', 'call_2'].map((id) => ({ role: 'tool', tool_call_id: id, content: 'sun' }));
    const stream = await post(server.url, path, { model, messages: results, tools, stream: true }, headers);
    expect(await stream.text()).toContain('Sunny.');
    expect(
      server.fake.requests[1]?.messages?.map(({ role, reasoning, toolCalls }) => [role, reasoning, toolCalls?.length]),
    ).toEqual([
      ['user', undefined, undefined],
      ['assistant', 'Look outside.', 2],
      ['tool', undefined, undefined],
      ['tool', undefined, undefined],
    ]);
  });

  const named = (name: string) => ({ type: 'function', function: { name } });
  it.each([
    [{ tools: [{ type: 'function', function: {} }] }, 'tools[0].function.name'],
    [{ tools: [named('a b')] }, 'tools[0].function.name'],
    [{ tools: [named('a'), named('a')] }, 'tools[1].function.name'],
    [{ tools: [{ type: 'custom', custom: { name: 'a' } }] }, 'tools[0].type'],
    [{ tools: [named('a'), { type: 'web_search', search_context_size: 'low' }] }, 'tools[1].type'],
    [{ tools: [{ type: 'function' }] }, 'tools[0].function'],
    [{ tools: [{ ...named('a'), strict: true }] }, 'tools[0].strict'],
    [{ tools: [{ type: 'function', function: { name: 'a', parameters: deep(70) } }] }, 'tools[0].function.parameters'],
    [{ tools, tool_choice: named('no') }, 'tool_choice.function.name'],
    [{ tools, tool_choice: { type: 'function' } }, 'tool_choice.function'],
    [
      { tools, tool_choice: { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [named('no')] } } },
      'tool_choice.allowed_tools.tools[0].function.name',
    ],
    [{ parallel_tool_calls: true }, 'parallel_tool_calls'],
    [{ tools, functions: [{ name: 'a' }] }, 'functions'],
    [{ functions: [{ name: 'a' }], function_call: { name: 'b' } }, 'function_call.name'],
    [{ messages: [{ role: 'user', content: 'x', tool_call_id: 'a' }] }, 'messages[0].tool_call_id'],
    [{ messages: [{ role: 'user', content: 'x', reasoning_content: 'a' }] }, 'messages[0].reasoning_content'],
    [{ messages: [{ role: 'function', name: 'a', content: 'x' }] }, 'messages[0].name'],
    [
      { messages: [{ role: 'assistant', tool_calls: [{ id: 'a', type: 'function' }] }] },
      'messages[0].tool_calls[0].function',
    ],
  ])('are refused with %j', async (fields, param) => {
    await using server = await textServer();
    const response = await post(server.url, path, { model, messages, ...fields });
    expect(response.status).toBe(400);
    expect((await anyJsonOf(response)).error).toMatchObject({ type: 'invalid_request_error', param });
    expect(server.fake.requests).toEqual([]);
  });

  it.each([
    [{ tools }, 'tools'],
    [{ functions: [{ name: 'a' }] }, 'functions'],
    [{ messages: [{ role: 'tool', tool_call_id: 'a', content: 'x' }] }, 'messages[0].role'],
    [{ reasoning_effort: 'low' }, 'reasoning_effort'],
    [{ thinking_token_budget: 5 }, 'thinking_token_budget'],
    [{ response_format: { type: 'json_object' } }, 'response_format'],
    [{ guided_regex: 'a+' }, 'guided_regex'],
  ])('name %j where the engine lacks the feature', async (fields, param) => {
    const engines = { 'text-generation': fakeLanguageModel().engine };
    const host = fakeHost(engines, { features: ['streaming'] });
    await using server = await testServer(engines, { engines: host });
    const response = await post(server.url, path, { model, messages, ...fields });
    expect(response.status).toBe(400);
    expect((await anyJsonOf(response)).error).toMatchObject({ param, code: 'unsupported_parameter' });
    expect(host.openEngines()[0]?.leases).toBe(0);
  });
});

function deep(levels: number): object {
  return levels === 0 ? {} : { not: deep(levels - 1) };
}
