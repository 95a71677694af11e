import { FerrumError } from '@ferrum/registry/errors';
import { describe, expect, it } from 'vitest';
import { eventsOf, post } from '../testing/test-server.js';
import { anyJsonOf, textModel, textServer } from '../testing/text-server.js';

const path = '/v1/chat/completions';
const model = textModel;
const messages = [{ role: 'user', content: 'one two three' }];

describe('a chat completion', () => {
  it('has the answer, why it ended, and the usage', async () => {
    await using server = await textServer();
    const response = await post(server.url, path, { model, messages });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    const body = await anyJsonOf(response);
    expect(body).toEqual({
      id: expect.stringMatching(/^chatcmpl-/),
      object: 'chat.completion',
      created: expect.closeTo(Date.now() / 1000, -1),
      model,
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'one two three', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: { prompt_tokens: 3, completion_tokens: 3, total_tokens: 6, prompt_tokens_details: { cached_tokens: 1 } },
    });
    expect(server.fake.requests[0]?.id).toBe(body.id);
  });

  it('hands every field to the engine under its own name', async () => {
    await using server = await textServer();
    const response = await post(server.url, path, {
      model,
      messages: [
        { role: 'developer', content: 'Be brief.', name: 'boss' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'one' },
            { type: 'text', text: 'two' },
          ],
        },
        { role: 'assistant', content: null, refusal: 'No.', tool_calls: null, annotations: [] },
        { role: 'user', content: 'three' },
      ],
      temperature: 0.5,
      top_p: 0.9,
      frequency_penalty: 0.1,
      presence_penalty: -0.1,
      logit_bias: { '5': -100 },
      seed: -1,
      stop: 'x',
      n: 2,
      max_completion_tokens: 1,
      logprobs: true,
      top_logprobs: 2,
      top_k: 40,
      min_p: 0.05,
      repetition_penalty: 1.1,
      stop_token_ids: [7],
      ignore_eos: true,
      priority: 'high',
      user: 'u',
      metadata: { a: 'b' },
      store: false,
      service_tier: 'auto',
      safety_identifier: 's',
      prompt_cache_key: 'k',
      response_format: { type: 'text' },
      modalities: ['text'],
      tools: null,
    });
    expect(response.status).toBe(200);
    const [request] = server.fake.requests;
    expect(request?.messages).toEqual([
      { role: 'system', content: 'Be brief.', name: 'boss' },
      { role: 'user', content: 'one\ntwo' },
      { role: 'assistant', content: 'No.' },
      { role: 'user', content: 'three' },
    ]);
    expect(request?.priority).toBe('high');
    expect(request?.sampling).toEqual({
      temperature: 0.5,
      topP: 0.9,
      frequencyPenalty: 0.1,
      presencePenalty: -0.1,
      logitBias: { '5': -100 },
      seed: 2 ** 53 - 1,
      stopSequences: ['x'],
      n: 2,
      maxTokens: 1,
      logprobs: true,
      topLogprobs: 2,
      topK: 40,
      minP: 0.05,
      repetitionPenalty: 1.1,
      stopTokens: [7],
      ignoreEos: true,
    });
    const { choices } = await anyJsonOf(response);
    expect(choices).toHaveLength(2);
    expect(choices[1]).toMatchObject({ index: 1, finish_reason: 'stop' });
    expect(choices[0].logprobs).toEqual({
      content: [
        {
          token: 'three',
          logprob: -0.5,
          bytes: [116, 104, 114, 101, 101],
          top_logprobs: [
            { token: 'three', logprob: -0.5, bytes: [116, 104, 114, 101, 101] },
            { token: 'three1', logprob: -1.5, bytes: [116, 104, 114, 101, 101, 49] },
          ],
        },
      ],
      refusal: null,
    });
  });

  it('leaves to the model what the request leaves out', async () => {
    await using server = await textServer();
    await post(server.url, path, {
      model,
      messages,
      temperature: null,
      stop: null,
      n: null,
      stream: null,
      logprobs: null,
    });
    expect(server.fake.requests[0]?.sampling).toEqual({ maxTokens: 2 ** 31 - 1 });
  });

  it('is cut where the operator says', async () => {
    await using server = await textServer({}, { limits: { completionTokens: 2 } });
    const { choices } = await anyJsonOf(await post(server.url, path, { model, messages }));
    expect(choices[0]).toMatchObject({ message: { content: 'one two' }, finish_reason: 'length' });
    const refused = await post(server.url, path, { model, messages, max_tokens: 3 });
    expect(refused.status).toBe(400);
    expect((await anyJsonOf(refused)).error).toMatchObject({
      param: 'max_tokens',
      message: expect.stringContaining('at most 2'),
    });
  });

  it.each([
    [{ tools: [] }, 'tools', 'invalid_value'],
    [{ tool_choice: 'auto' }, 'tool_choice', 'invalid_value'],
    [{ function_call: 'auto' }, 'function_call', 'invalid_value'],
    [{ response_format: { type: 'json_schema' } }, 'response_format.json_schema', 'missing_required_parameter'],
    [{ response_format: { type: 'xml' } }, 'response_format.type', 'invalid_value'],
    [{ store: true }, 'store', 'invalid_value'],
    [{ service_tier: 'flex' }, 'service_tier', 'invalid_value'],
    [{ modalities: ['text', 'audio'] }, 'modalities', 'invalid_value'],
    [{ reasoning_effort: 'most' }, 'reasoning_effort', 'invalid_value'],
    [{ thinking_token_budget: -1 }, 'thinking_token_budget', 'invalid_value'],
    [{ stream_options: { include_usage: true } }, 'stream_options', 'invalid_value'],
    [
      { stream: true, stream_options: { include_obfuscation: true } },
      'stream_options.include_obfuscation',
      'invalid_value',
    ],
    [{ top_logprobs: 3 }, 'top_logprobs', 'invalid_value'],
    [{ logprobs: true, top_logprobs: 21 }, 'top_logprobs', 'invalid_value'],
    [{ temperature: 2.1 }, 'temperature', 'invalid_value'],
    [{ temperature: '1' }, 'temperature', 'invalid_value'],
    [{ n: 0 }, 'n', 'invalid_value'],
    [{ n: 129 }, 'n', 'invalid_value'],
    [{ stop: ['a', 'b', 'c', 'd', 'e'] }, 'stop', 'invalid_value'],
    [{ stop: ['a', 5] }, 'stop[1]', 'invalid_value'],
    [{ logit_bias: { a: 1 } }, 'logit_bias.a', 'unknown_parameter'],
    [{ logit_bias: { '1': 101 } }, 'logit_bias[1]', 'invalid_value'],
    [{ max_tokens: 5, max_completion_tokens: 5 }, 'max_tokens', 'invalid_value'],
    [{ max_tokens: 0 }, 'max_tokens', 'invalid_value'],
    [{ seed: 1.5 }, 'seed', 'invalid_value'],
    [{ priority: 'urgent' }, 'priority', 'invalid_value'],
    [{ typo: 1 }, 'typo', 'unknown_parameter'],
    [{ response_format: { type: 'text', json_schema: { name: 'x' } } }, 'response_format.json_schema', 'invalid_value'],
    [{ messages: [{ role: 'user', refusal: 'x' }] }, 'messages[0].refusal', 'invalid_value'],
    [{ messages: [{ role: 'assistant', content: 'x', refusal: 'y' }] }, 'messages[0].refusal', 'invalid_value'],
    [
      { messages: [{ role: 'user', content: [{ type: 'refusal', refusal: 'x' }] }] },
      'messages[0].content[0].type',
      'unsupported_parameter',
    ],
    [{ messages: [] }, 'messages', 'invalid_value'],
    [{ messages: undefined }, 'messages', 'missing_required_parameter'],
    [{ model: undefined }, 'model', 'missing_required_parameter'],
    [{ messages: [{ role: 'tool', content: 'x' }] }, 'messages[0].tool_call_id', 'missing_required_parameter'],
    [{ messages: [{ role: 'user' }] }, 'messages[0].content', 'missing_required_parameter'],
    [{ messages: [{ role: 'user', content: 5 }] }, 'messages[0].content', 'invalid_value'],
    [{ messages: [{ role: 'user', content: 'x', typo: 1 }] }, 'messages[0].typo', 'unknown_parameter'],
    [
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'http://127.0.0.1/x' } }] }] },
      'messages[0].content[0].image_url.url',
      'invalid_value',
    ],
    [
      { messages: [{ role: 'user', content: [{ type: 'text' }] }] },
      'messages[0].content[0].text',
      'missing_required_parameter',
    ],
    [
      { messages: [{ role: 'user', content: [{ type: 'text', text: 'x', more: 1 }] }] },
      'messages[0].content[0].more',
      'unknown_parameter',
    ],
  ])('is refused with %j, naming %s', async (fields, param, code) => {
    await using server = await textServer();
    const response = await post(server.url, path, { model, messages, ...fields });
    expect(response.status).toBe(400);
    const { error } = await anyJsonOf(response);
    expect(error).toMatchObject({ type: 'invalid_request_error', param, ...(code && { code }) });
    expect(error.message).not.toContain('undefined');
    expect(server.fake.requests).toEqual([]);
  });

  it('passes on what the engine says of a prompt that is too long', async () => {
    await using server = await textServer({ contextLength: 2 });
    const response = await post(server.url, path, { model, messages });
    expect(response.status).toBe(400);
    expect((await anyJsonOf(response)).error).toMatchObject({
      code: 'context_length_exceeded',
      type: 'invalid_request_error',
    });
  });

  it('is 503 with Retry-After when the engine takes no more', async () => {
    const full = new FerrumError('ResourceExhausted', 'The queue is full.', { retryAfterMs: 2500 });
    await using server = await textServer({ answer: () => [full] });
    for (const stream of [false, true]) {
      const response = await post(server.url, path, { model, messages, stream });
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toBe('3');
      expect((await anyJsonOf(response)).error.type).toBe('server_error');
    }
  });

  it('says nothing of what went wrong inside', async () => {
    await using server = await textServer({ answer: () => [new TypeError('secret of the house')] });
    const response = await post(server.url, path, { model, messages });
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('secret');
    expect(server.log.join('')).toContain('secret of the house');
  });
});

describe('a streamed chat completion', () => {
  it('begins with the role, ends with why, and then [DONE]; all chunks have one id', async () => {
    await using server = await textServer();
    const response = await post(server.url, path, { model, messages, stream: true });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const events = await eventsOf(response);
    expect(events.at(-1)).toBe('[DONE]');
    const chunks = events.slice(0, -1).map((event) => JSON.parse(event));
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
    expect(chunks.every(({ object }) => object === 'chat.completion.chunk')).toBe(true);
    expect(chunks.every((chunk) => !('usage' in chunk))).toBe(true);
    expect(chunks.map(({ choices }) => choices[0])).toEqual([
      { index: 0, delta: { role: 'assistant', content: '', refusal: null }, logprobs: null, finish_reason: null },
      { index: 0, delta: { content: 'one' }, logprobs: null, finish_reason: null },
      { index: 0, delta: { content: ' two' }, logprobs: null, finish_reason: null },
      { index: 0, delta: { content: ' three' }, logprobs: null, finish_reason: null },
      { index: 0, delta: {}, logprobs: null, finish_reason: 'stop' },
    ]);
  });

  it('tells the usage in a last chunk, and null before, if asked', async () => {
    await using server = await textServer();
    const body = { model, messages, stream: true, n: 2, logprobs: true, stream_options: { include_usage: true } };
    const events = await eventsOf(await post(server.url, path, body));
    const chunks = events.slice(0, -1).map((event) => JSON.parse(event));
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 3, completion_tokens: 6, total_tokens: 9 },
    });
    expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
    expect(chunks.filter(({ choices }) => choices[0]?.delta.role === 'assistant')).toHaveLength(2);
    expect(chunks[1].choices[0].logprobs.content[0]).toMatchObject({ token: 'one', top_logprobs: [] });
  });

  it('ends well-formed when the engine fails on the way', async () => {
    const failure = new FerrumError('Backend', 'The run failed.');
    await using server = await textServer({ answer: () => ['one', 'two', failure] });
    const events = await eventsOf(await post(server.url, path, { model, messages, stream: true }));
    expect(events.at(-1)).toBe('[DONE]');
    expect(JSON.parse(events.at(-2) ?? '')).toEqual({
      error: { message: 'The run failed.', type: 'server_error', param: null, code: 'backend' },
    });
  });

  it('ends the generation when the client leaves, before the first token and after', async () => {
    for (const stalled of [0, 1]) {
      let wasAborted: (() => void) | undefined;
      const aborted = new Promise<void>((resolve) => {
        wasAborted = resolve;
      });
      let stall: (() => void) | undefined;
      const reached = new Promise<void>((resolve) => {
        stall = resolve;
      });
      await using server = await textServer({
        beforePiece: async (index, { signal }) => {
          if (index !== stalled) return;
          stall?.();
          await new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }));
          wasAborted?.();
        },
      });
      const leaving = new AbortController();
      const call = fetch(`${server.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model, messages, stream: true }),
        signal: leaving.signal,
      }).then((response) => response.text());
      await reached;
      leaving.abort();
      await expect(call).rejects.toThrow();
      await aborted;
      await expect.poll(() => server.fake.active).toBe(0);
    }
  });
});
