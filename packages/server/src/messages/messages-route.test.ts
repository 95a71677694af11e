import { FerrumError } from '@ferrum/registry/errors';
import { describe, expect, it } from 'vitest';
import { fakeHost } from '../testing/fake-host.js';
import { type FakePiece, fakeLanguageModel } from '../testing/fake-language-model.js';
import { eventsOf, post, testServer } from '../testing/test-server.js';
import { anyJsonOf, textModel, textServer } from '../testing/text-server.js';

const ask = { model: textModel, max_tokens: 10, messages: [{ role: 'user', content: 'one two three' }] };
const tool = { name: 'weather', input_schema: { type: 'object' } };
const user = (...content: object[]) => ({ messages: [{ role: 'user', content }] });
const used = { type: 'tool_use', id: 'call_1', name: 'weather', input: {} };
const call = (json: string): FakePiece => ({
  toolCalls: [{ index: 0, id: 'call_1', name: 'weather', arguments: json }],
});

describe('POST /v1/messages', () => {
  it.each([
    [{ max_tokens: undefined }, 'max_tokens'],
    [{ max_tokens: 0 }, 'max_tokens'],
    [{ messages: [] }, 'messages'],
    [{ messages: [{ role: 'tool', content: 'x' }] }, 'messages[0].role'],
    [{ messages: [...ask.messages, { role: 'assistant', content: 'It' }] }, 'messages[1].role'],
    [user({ type: 'image', source: { type: 'url', url: 'x' } }), 'messages[0].content[0].source.type'],
    [user({ type: 'image' }), 'messages[0].content[0].source'],
    [user({ type: 'image', source: { type: 'base64' } }), 'messages[0].content[0].source.data'],
    [user({ type: 'image', source: { type: 'base64', data: '§' } }), 'messages[0].content[0].source.data'],
    [user({ type: 'image', source: { type: 'base64', data: 'aaaa' } }), 'messages[0].content[0]'],
    [user({ type: 'document', source: {} }), 'messages[0].content[0].type'],
    [user({ type: 'tool_use', id: 'a', name: 'b', input: {} }), 'messages[0].content[0].type'],
    [user({ type: 'text' }), 'messages[0].content[0].text'],
    [user({ type: 'text', text: 'x', id: 'y' }), 'messages[0].content[0].id'],
    [user({ type: 'text', text: 1 }), 'messages[0].content[0].text'],
    [user({ type: 'tool_result', tool_use_id: 'no', content: 'x' }), 'messages[0].content[0].tool_use_id'],
    [user({ type: 'tool_result', content: 'x' }), 'messages[0].content[0].tool_use_id'],
    [{ messages: [{ role: 'assistant', content: [{ type: 'redacted_thinking', data: 'x' }] }] }, 'content[0].type'],
    [{ messages: [{ role: 'assistant', content: [{ ...used, input: 'x' }] }] }, 'messages[0].content[0].input'],
    [{ system: [{ type: 'image' }] }, 'system[0].type'],
    [{ temperature: 1.5 }, 'temperature'],
    [{ top_k: -1 }, 'top_k'],
    [{ stop_sequences: [''] }, 'stop_sequences[0]'],
    [{ tools: [{ type: 'web_search_20250305', name: 'web_search', max_uses: 1 }] }, '"web_search_20250305"'],
    [{ tools: [{ ...tool, input_examples: [{}] }] }, 'tools[0].input_examples'],
    [{ tools: [{ ...tool, parameters: {} }] }, 'tools[0].parameters'],
    [{ tools: [{ name: 'weather' }] }, 'tools[0].input_schema'],
    [{ tools: [{ ...tool, name: 'a b' }] }, 'tools[0].name'],
    [{ tools: [tool, tool] }, 'tools[1].name'],
    [{ tools: [tool], tool_choice: { type: 'tool', name: 'no' } }, 'tool_choice.name'],
    [{ tools: [tool], tool_choice: { type: 'tool' } }, 'tool_choice.name'],
    [{ tools: [tool], tool_choice: { type: 'any', name: 'weather' } }, 'tool_choice.name'],
    [{ tool_choice: { type: 'any' } }, 'tool_choice'],
    [{ thinking: { type: 'enabled' } }, 'thinking.budget_tokens'],
    [{ thinking: { type: 'enabled', budget_tokens: 10 } }, 'thinking.budget_tokens'],
    [{ thinking: { type: 'disabled', budget_tokens: 5 } }, 'thinking.budget_tokens'],
    [{ thinking: { type: 'adaptive', display: 'omitted' } }, 'thinking.display'],
    [{ thinking: { type: 'disabled' }, output_config: { effort: 'low' } }, 'output_config.effort'],
    [{ output_config: { effort: 'max' } }, 'output_config.effort'],
    [{ output_config: { format: { type: 'json_schema' } } }, 'output_config.format.schema'],
    [{ container: 'x' }, 'container'],
    [{ mcp_servers: [] }, 'mcp_servers'],
    [{ speed: 'fast' }, 'speed'],
    [{ thread: { type: 'create' } }, 'thread'],
    [{ n: 2 }, 'n'],
  ])('refuses %j', async (fields, named) => {
    await using server = await textServer();
    const response = await post(server.url, '/v1/messages', { ...ask, ...fields });
    const { type, error, request_id, ...rest } = await anyJsonOf(response);
    expect([response.status, type, error.type, rest]).toEqual([400, 'error', 'invalid_request_error', {}]);
    expect(error.message).toContain(named);
    if (!named.startsWith('"')) expect(error.details.param).toContain(named);
    expect(request_id).toBe(response.headers.get('request-id'));
    expect(request_id).toBe(response.headers.get('x-request-id'));
    expect(server.fake.requests).toEqual([]);
  });

  it('takes what changes nothing, and other versions of the API', async () => {
    await using server = await textServer();
    const fields = {
      ...{ metadata: { user_id: 'x' }, service_tier: 'auto', speed: 'standard', cache_control: { type: 'ephemeral' } },
      ...{ container: null, thinking: { type: 'adaptive', display: 'summarized' } },
      tools: [{ ...tool, cache_control: { type: 'ephemeral', ttl: '1h' }, eager_input_streaming: true }],
    };
    const headers = { 'anthropic-version': '2023-06-01', 'anthropic-beta': 'anything' };
    const response = await post(server.url, '/v1/messages?beta=true', { ...ask, ...fields }, headers);
    expect(response.status).toBe(200);
    expect(server.fake.requests[0]).not.toHaveProperty('reasoning');
  });

  it('passes sampling and thinking on', async () => {
    await using server = await textServer();
    await post(server.url, '/v1/messages', {
      ...{ ...ask, temperature: 0.5, top_p: 0.9, top_k: 0, stop_sequences: ['x'] },
      ...{ thinking: { type: 'enabled', budget_tokens: 9 }, output_config: { effort: 'high' } },
    });
    expect(server.fake.requests[0]).toMatchObject({
      sampling: { temperature: 0.5, topP: 0.9, topK: 2 ** 31 - 1, stopSequences: ['x'], maxTokens: 10 },
      reasoning: { enabled: true, maxTokens: 9, effort: 'high' },
    });
    await post(server.url, '/v1/messages', { ...ask, thinking: { type: 'disabled' } });
    expect(server.fake.requests[1]?.reasoning).toEqual({ enabled: false });
  });

  it('makes one turn of what one role says in a row', async () => {
    await using server = await textServer();
    const messages = [
      { role: 'user', content: 'one' },
      { role: 'user', content: [{ type: 'text', text: 'two' }] },
      { role: 'assistant', content: [{ type: 'text', text: 'three' }, used] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_1', is_error: true, content: 'error 5' }] },
      { role: 'system', content: 'four' },
      { role: 'user', content: 'five' },
    ];
    expect((await post(server.url, '/v1/messages', { ...ask, messages })).status).toBe(200);
    expect(server.fake.requests[0]?.messages).toEqual([
      { role: 'user', content: 'one\ntwo' },
      { role: 'assistant', content: 'three', toolCalls: [{ id: 'call_1', name: 'weather', arguments: '{}' }] },
      { role: 'tool', content: 'error 5', toolCallId: 'call_1' },
      { role: 'system', content: 'four' },
      { role: 'user', content: 'five' },
    ]);
  });

  it('says why the answer ended', async () => {
    await using server = await textServer();
    const stopOf = async (fields: object) => {
      const { stop_reason } = await anyJsonOf(await post(server.url, '/v1/messages', { ...ask, ...fields }));
      return stop_reason;
    };
    expect(await stopOf({})).toBe('end_turn');
    expect(await stopOf({ max_tokens: 2 })).toBe('max_tokens');
  });

  it('leaves a call out that was cut, and fails for one that is no JSON', async () => {
    await using cut = await textServer({ answer: () => ['Wait.', call('{"city":"Ro'), call('me"}')] });
    const short = await anyJsonOf(await post(cut.url, '/v1/messages', { ...ask, max_tokens: 2, tools: [tool] }));
    expect(short).toMatchObject({ stop_reason: 'max_tokens', content: [{ type: 'text', text: 'Wait.' }] });
    expect(short.content).toHaveLength(1);
    await using wrong = await textServer({ answer: () => [call("{'city'}")] });
    const failed = await post(wrong.url, '/v1/messages', { ...ask, tools: [tool] });
    expect(failed.status).toBe(500);
    expect(await anyJsonOf(failed)).toMatchObject({ error: { type: 'api_error' } });
  });

  it('streams named events, of which one is an error where the answer fails', async () => {
    await using server = await textServer({ answer: () => ['a', 'b', new Error('inner')] });
    const response = await post(server.url, '/v1/messages', { ...ask, stream: true });
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const events = (await eventsOf(response)).map((event) => {
      const { name = '', data = '' } = /^event: (?<name>\w+)\ndata: (?<data>.*)$/.exec(event)?.groups ?? {};
      return { name, ...JSON.parse(data) };
    });
    for (const { name, type } of events) expect(name).toBe(type);
    expect(events[1]).toEqual({ name: 'ping', type: 'ping' });
    const request_id = response.headers.get('request-id');
    expect(events.at(-1)).toMatchObject({ type: 'error', error: { type: 'api_error' }, request_id });
    expect(JSON.stringify(events)).not.toContain('inner');
  });

  it.each([
    [{ tools: [tool] }, 'tools'],
    [{ messages: [{ role: 'assistant', content: [used] }, ...ask.messages] }, 'messages[0].content[0].type'],
    [{ thinking: { type: 'disabled' } }, 'thinking'],
    [{ output_config: { effort: 'low' } }, 'output_config.effort'],
    [{ output_config: { format: { type: 'json_schema', schema: {} } } }, 'output_config.format.schema'],
  ])('refuses %j where the engine does not do it', async (fields, param) => {
    const engines = { [textModel]: fakeLanguageModel().engine };
    await using server = await testServer(engines, { engines: fakeHost(engines, { features: ['streaming'] }) });
    const response = await post(server.url, '/v1/messages', { ...ask, ...fields });
    const details = { error_code: 'unsupported_parameter', param };
    expect(await anyJsonOf(response)).toMatchObject({ error: { type: 'invalid_request_error', details } });
  });

  it.each([
    [{ output_config: { effort: 'low' } }, 'output_config.effort'],
    [{ thinking: { type: 'disabled' } }, 'thinking'],
  ])('names the field where the model has no such choice: %j', async (fields, param) => {
    const refusal = new FerrumError('Unsupported', '`reasoning`: there is no way; leave it out.', {
      details: { parameter: 'reasoning' },
    });
    await using server = await textServer({ answer: () => [refusal] });
    const { error } = await anyJsonOf(await post(server.url, '/v1/messages', { ...ask, ...fields }));
    expect([error.details.param, error.message]).toEqual([param, `\`${param}\`: there is no way; leave it out.`]);
  });

  it('names tools and keywords of schemas as the request has them', async () => {
    const parameter = 'tools.0.parameters';
    const refusal = new FerrumError('RequestValidation', `\`${parameter}\`: uses \`uniqueItems\`.`, {
      details: { parameter, path: '', keyword: 'uniqueItems' },
    });
    await using server = await textServer({ answer: () => [refusal] });
    for (const [path, fields, param] of [
      ['/v1/messages', { ...ask, tools: [tool] }, 'tools[0].input_schema'],
      [
        '/v1/chat/completions',
        { model: textModel, messages: ask.messages, tools: [{ type: 'function', function: { name: 'a' } }] },
        'tools[0].function.parameters',
      ],
      [
        '/v1/responses',
        { model: textModel, input: 'x', tools: [{ type: 'function', name: 'a' }] },
        'tools[0].parameters',
      ],
    ] as const) {
      const { error } = await anyJsonOf(await post(server.url, path, fields));
      expect([error.details?.param ?? error.param, error.message]).toEqual([
        param,
        `\`${param}\`: uses \`uniqueItems\`.`,
      ]);
    }
  });

  it("gives no more tokens than the operator's limit", async () => {
    await using server = await textServer({}, { limits: { completionTokens: 5 } });
    const response = await post(server.url, '/v1/messages', ask);
    expect(await anyJsonOf(response)).toMatchObject({ error: { message: expect.stringContaining('`max_tokens`') } });
  });
});

describe('errors of its paths', () => {
  it.each([
    ['GET', '/v1/messages', '', 405, 'invalid_request_error'],
    ['POST', '/v1/messages/batches', '{}', 404, 'not_found_error'],
    ['POST', '/v1/messages', '{', 400, 'invalid_request_error'],
    ['POST', '/v1/messages/count_tokens', '[]', 400, 'invalid_request_error'],
    ['POST', '/v1/messages', `{"a":"${'x'.repeat(2000)}"}`, 413, 'request_too_large'],
  ])('have its shape: %s %s %s', async (method, path, body, status, type) => {
    await using server = await textServer({}, { limits: { jsonBytes: 1024 } });
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${server.url}${path}`, { method, ...(body && { body, headers }) });
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({
      type: 'error',
      error: { type, message: expect.stringMatching(/\.$/), details: { error_code: expect.any(String), param: null } },
      request_id: response.headers.get('request-id'),
    });
  });

  it('are not those of others', async () => {
    await using server = await textServer();
    const response = await post(server.url, '/v1/messagesx', {});
    expect(await response.json()).toMatchObject({ error: { code: 'unknown_url' } });
    expect(response.headers.get('request-id')).toBeNull();
  });
});

describe('POST /v1/messages/count_tokens', () => {
  it('counts tools that may be called, and refuses what a message would', async () => {
    await using server = await textServer();
    const count = (fields: object) => post(server.url, '/v1/messages/count_tokens', { ...ask, ...fields });
    expect(await anyJsonOf(await count({ max_tokens: undefined }))).toEqual({ input_tokens: 3 });
    expect((await count({})).status).toBe(400);
    expect((await count({ max_tokens: undefined, thinking: { type: 'enabled' } })).status).toBe(400);
  });

  it('says of an engine without a tokenizer that it has none', async () => {
    await using server = await textServer();
    delete (server.fake.engine as { tokenize?: unknown }).tokenize;
    const { max_tokens: _, ...fields } = ask;
    expect((await post(server.url, '/v1/messages/count_tokens', fields)).status).toBe(400);
    // A stream says at its end what it could not say first.
    const events = await eventsOf(await post(server.url, '/v1/messages', { ...ask, stream: true }));
    expect(events[0]).toContain('"input_tokens":0');
    expect(events.at(-2)).toContain('"input_tokens":2');
  });
});
