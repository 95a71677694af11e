import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { collect } from '../testing/collect.js';
import {
  chatAnswer,
  chatDelta,
  chatEvents,
  events,
  failing,
  fakeServer,
  json,
  reset,
  silent,
  text,
  usage,
} from '../testing/fake-server.js';
import { openEngine } from '../testing/open-engine.js';

const prompt = 'Say hello.';
const choice = { index: 0, message: { content: 'x' }, finish_reason: 'stop' };

it('answers a plain prompt through the chat endpoint', async () => {
  await using server = await fakeServer([chatAnswer('Hello.')]);
  await using opened = await openEngine('text-generation', [server.url], {}, { name: 'owner/model' });
  const response = await opened.engine.infer({ prompt, sampling: { temperature: 0, maxTokens: 7 } });
  expect(response).toMatchObject({
    text: 'Hello.',
    tokens: [],
    finishReason: 'eos',
    usage: { promptTokens: 3, completionTokens: 2, totalTokens: 5, cachedTokens: 0 },
  });
  expect(server.requests.map(({ path }) => path)).toEqual(['/v1/chat/completions']);
  expect(JSON.parse(server.requests[0]?.text ?? '')).toEqual({
    model: 'owner/model',
    messages: [{ role: 'user', content: prompt }],
    max_tokens: 7,
    temperature: 0,
  });
});

it('sends raw prompts and token ids to the completions endpoint', async () => {
  const answer = json({ choices: [{ index: 0, text: ' hello', finish_reason: 'length' }], usage });
  await using server = await fakeServer([answer]);
  await using opened = await openEngine('text-generation', [server.url]);
  expect(await opened.engine.infer({ prompt, raw: true })).toMatchObject({ text: ' hello', finishReason: 'length' });
  await opened.engine.infer({ prompt: [1, 2] });
  expect(server.requests.map(({ path, text: body }) => [path, JSON.parse(body).prompt])).toEqual([
    ['/v1/completions', prompt],
    ['/v1/completions', [1, 2]],
  ]);
});

it('sends every sampling value under its name, and extensions only where they change something', async () => {
  await using server = await fakeServer([chatAnswer('x')]);
  await using opened = await openEngine('text-generation', [server.url]);
  const sampling = {
    ...{ maxTokens: 9, temperature: 0.5, topP: 0.9, topK: 4, minP: 0.1, repetitionPenalty: 1.2, seed: 3 },
    ...{ presencePenalty: 0.5, frequencyPenalty: 0.25, logitBias: { 5: -100 }, stopSequences: ['a'], stopTokens: [2] },
    ...{ ignoreEos: true, responseFormat: { type: 'json_schema', schema: { type: 'object' } } as const },
  };
  await opened.engine.infer({ prompt, sampling });
  expect(JSON.parse(server.requests[0]?.text ?? '')).toMatchObject({
    ...{ max_tokens: 9, temperature: 0.5, top_p: 0.9, top_k: 4, min_p: 0.1, repetition_penalty: 1.2, seed: 3 },
    ...{ presence_penalty: 0.5, frequency_penalty: 0.25, logit_bias: { 5: -100 }, stop: ['a'], stop_token_ids: [2] },
    ignore_eos: true,
    response_format: { type: 'json_schema', json_schema: { schema: { type: 'object' } } },
  });
  await opened.engine.infer({ prompt, sampling: { repetitionPenalty: 1, ignoreEos: false, stopTokens: [], n: 1 } });
  expect(Object.keys(JSON.parse(server.requests[1]?.text ?? ''))).toEqual(['model', 'messages', 'max_tokens']);
});

it.each([
  [{ logprobs: true }, 'sampling.logprobs'],
  [{ bestOf: 2 }, 'sampling.bestOf'],
  [{ echo: true }, 'sampling.echo'],
  [{ tfs: 0.5 }, 'sampling.tfs'],
  [{ mirostat: { mode: 2, tau: 5, eta: 0.1 } }, 'sampling.mirostat'],
  [{ dry: { multiplier: 1 } }, 'sampling.dry'],
  [{ bannedTokens: [1] }, 'sampling.bannedTokens'],
  [{ forcedTokens: [1] }, 'sampling.forcedTokens'],
  [{ minTokens: 1 }, 'sampling.minTokens'],
  [{ responseFormat: { type: 'regex', pattern: 'a+' } }, 'sampling.responseFormat'],
  [{ responseFormat: { type: 'choice', choices: ['a'] } }, 'sampling.responseFormat'],
  [{ responseFormat: { type: 'grammar', grammar: 'root ::= "a"' } }, 'sampling.responseFormat'],
] as const)('refuses %j, which no server can be sent', async (sampling, parameter) => {
  await using server = await fakeServer([chatAnswer('x')]);
  await using opened = await openEngine('text-generation', [server.url]);
  await expect(opened.engine.infer({ prompt, sampling })).rejects.toMatchObject({
    code: 'Unsupported',
    details: { parameter },
  });
  expect(server.requests).toEqual([]);
});

it.each([
  ['tools', { tools: [{ name: 'look' }] }],
  ['toolChoice', { toolChoice: 'none' }],
  ['reasoning', { reasoning: { effort: 'low' } }],
  ['templateVariables', { templateVariables: { enable_thinking: false } }],
  ['adapter', { adapter: 'poet' }],
  ['messages.0.reasoning', { messages: [{ role: 'assistant', content: 'x', reasoning: 'y' }] }],
])('refuses %s, which no server is asked for', async (parameter, fields) => {
  await using server = await fakeServer([chatAnswer('x')]);
  await using opened = await openEngine('text-generation', [server.url]);
  const request = { messages: [{ role: 'user', content: 'x' }], ...fields };
  await expect(opened.engine.infer(request as never)).rejects.toMatchObject({
    code: 'Unsupported',
    details: { parameter },
  });
  expect(server.requests).toEqual([]);
});

it.each([
  [{}, 'prompt'],
  [{ prompt: '' }, 'prompt'],
  [{ prompt: [] }, 'prompt'],
  [{ prompt: [1.5] }, 'prompt'],
  [{ prompt, messages: [{ role: 'user', content: 'x' }] }, 'prompt'],
  [{ messages: [] }, 'messages'],
  [{ prompt, sampling: { temperature: Number.NaN } }, 'sampling.temperature'],
  [{ prompt, sampling: { temperature: -1 } }, 'sampling.temperature'],
  [{ prompt, sampling: { heat: 1 } }, 'sampling.heat'],
  [{ prompt, sampling: { logitBias: { x: 1 } } }, 'sampling.logitBias.x'],
  [{ prompt, preset: 'none' }, 'preset'],
  [{ prompt: [1], raw: false }, 'raw'],
  [null, ''],
  ['Hi', ''],
  [7, ''],
])('says what is wrong with %j before it asks a server', async (request, parameter) => {
  await using server = await fakeServer([chatAnswer('x')]);
  await using opened = await openEngine('text-generation', [server.url]);
  await expect(opened.engine.infer(request as never)).rejects.toMatchObject({
    code: 'RequestValidation',
    details: { parameter },
  });
  await expect(collect(opened.engine.inferStream(request as never))).rejects.toMatchObject({ details: { parameter } });
  expect(server.requests).toEqual([]);
});

it('streams pieces as they come, the last with usage and timing', async () => {
  await using server = await fakeServer([chatEvents(['Hel', 'lo', ' ✓'])]);
  await using opened = await openEngine('text-generation', [server.url]);
  const chunks = await collect(opened.engine.inferStream({ prompt, id: 'mine', metadata: { a: 1 } }));
  expect(chunks.map((chunk) => chunk.text)).toEqual(['Hel', 'lo', ' ✓', '']);
  expect(chunks.at(-1)).toMatchObject({
    requestId: 'mine',
    metadata: { a: 1 },
    finishReason: 'eos',
    usage: { promptTokens: 3, completionTokens: 2, totalTokens: 5, cachedTokens: 0 },
    timing: { timeToFirstTokenMs: expect.any(Number), totalMs: expect.any(Number) },
  });
  expect(chunks.slice(0, -1).every(({ finishReason }) => finishReason === undefined)).toBe(true);
  expect(JSON.parse(server.requests[0]?.text ?? '')).toMatchObject({
    stream: true,
    stream_options: { include_usage: true },
  });
});

it('hands on the first piece before the second exists', async () => {
  let finish = () => {};
  const second = new Promise<void>((resolve) => {
    finish = resolve;
  });
  await using server = await fakeServer([
    async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`data: ${JSON.stringify(chatDelta('one'))}\n\n`);
      await second;
      response.end(`data: ${JSON.stringify(chatDelta('two', 'stop'))}\n\ndata: [DONE]\n\n`);
    },
  ]);
  await using opened = await openEngine('text-generation', [server.url]);
  const stream = opened.engine.inferStream({ prompt })[Symbol.asyncIterator]();
  expect((await stream.next()).value).toMatchObject({ text: 'one' });
  finish();
  expect((await stream.next()).value).toMatchObject({ text: 'two', finishReason: 'eos' });
});

it('keeps several answers apart', async () => {
  await using server = await fakeServer([
    events([
      ...[chatDelta('a', null, 0), chatDelta('b', null, 1), chatDelta('', 'length', 0), chatDelta('c', 'stop', 1)],
      { choices: [], usage },
      '[DONE]',
    ]),
  ]);
  await using opened = await openEngine('text-generation', [server.url]);
  const chunks = await collect(opened.engine.inferStream({ prompt, sampling: { n: 2 } }));
  expect(chunks.map(({ choice, text: piece, finishReason }) => [choice, piece, finishReason])).toEqual([
    [0, 'a', undefined],
    [1, 'b', undefined],
    [0, '', 'length'],
    [1, 'c', 'eos'],
  ]);
});

it.each([
  ['ends before it is whole', events([chatDelta('x')]), 'Network'],
  ['is whole to the last event, which does not say that it is', events([chatDelta('x'), '[DONE]']), 'Network'],
  ['breaks off', events([chatDelta('x')], 'reset'), 'Network'],
  ['holds an error', events([chatDelta('x'), { error: { message: 'out of memory' } }]), 'Backend'],
  ['holds no JSON', events([chatDelta('x'), '{"choices"']), 'Backend'],
  ['holds something else', events([chatDelta('x'), { choices: [{ index: 'first' }] }]), 'Backend'],
  ['has a choice too many', events([chatDelta('x'), chatDelta('y', null, 1)]), 'Backend'],
  ['has a usage below zero', events([chatDelta('x'), { choices: [], usage: { prompt_tokens: -1 } }]), 'Backend'],
] as const)('ends with an error when a stream %s, and does not ask again', async (_, answer, code) => {
  await using server = await fakeServer([answer]);
  await using opened = await openEngine('text-generation', [server.url]);
  const pieces: string[] = [];
  const read = async () => {
    for await (const chunk of opened.engine.inferStream({ prompt })) pieces.push(chunk.text);
  };
  await expect(read()).rejects.toMatchObject({ name: 'FerrumError', code });
  expect(pieces).toEqual(['x']);
  expect(server.requests).toHaveLength(1);
});

it.each([
  ['a page of HTML', text('<html>Welcome</html>')],
  ['half of a JSON', text('{"choices": [', 'application/json')],
  ['no choices', json({ choices: [], usage })],
  ['no usage', json({ choices: [{ index: 0, message: { content: 'x' }, finish_reason: 'stop' }] })],
  ['a choice that has no text', json({ choices: [{ index: 0, finish_reason: 'stop' }], usage })],
  ['a choice of another number', json({ choices: [{ ...choice, index: 7 }], usage })],
  ['an error that says nothing', json({ error: {} })],
  ['a usage that is no number', json({ choices: [], usage: { prompt_tokens: 'many' } })],
])('refuses an answer of %s', async (_, answer) => {
  await using server = await fakeServer([answer]);
  await using opened = await openEngine('text-generation', [server.url]);
  await expect(opened.engine.infer({ prompt })).rejects.toMatchObject({
    code: 'Backend',
    message: expect.stringContaining(server.url),
  });
});

it.each([[[0, 0]], [[1, 2]], [[0]], [[0, 1, 2]]])('refuses choices %j where two were asked for', async (indices) => {
  await using server = await fakeServer([json({ choices: indices.map((index) => ({ ...choice, index })), usage })]);
  await using opened = await openEngine('text-generation', [server.url]);
  await expect(opened.engine.infer({ prompt, sampling: { n: 2 } })).rejects.toMatchObject({
    code: 'Backend',
    message: expect.stringContaining('choice'),
  });
});

it('lets the server know at once when the caller aborts, and counts the call as cancelled', async () => {
  await using server = await fakeServer([silent, events([chatDelta('x')], 'hang')]);
  await using opened = await openEngine('text-generation', [server.url]);
  const before = new AbortController();
  const waiting = opened.engine.infer({ prompt, signal: before.signal });
  while (server.requests.length < 1) await new Promise((resolve) => setTimeout(resolve, 5));
  before.abort();
  await expect(waiting).rejects.toMatchObject({ code: 'Cancelled' });
  await server.requests[0]?.aborted;
  const within = new AbortController();
  const stream = opened.engine.inferStream({ prompt, signal: within.signal })[Symbol.asyncIterator]();
  await stream.next();
  within.abort();
  await expect(stream.next()).rejects.toMatchObject({ code: 'Cancelled' });
  await server.requests[1]?.aborted;
  expect(opened.engine.metrics().errorStats.errorsByType).toEqual({ Cancelled: 2 });
});

it('lets the server know when the reader of a stream leaves', async () => {
  await using server = await fakeServer([events([chatDelta('x')], 'hang')]);
  await using opened = await openEngine('text-generation', [server.url]);
  for await (const chunk of opened.engine.inferStream({ prompt })) {
    expect(chunk.text).toBe('x');
    break;
  }
  await server.requests[0]?.aborted;
  expect((await opened.engine.status()).activeRequests).toBe(0);
});

it('ends a call that takes longer than it may', async () => {
  await using server = await fakeServer([silent]);
  await using opened = await openEngine('text-generation', [server.url]);
  await expect(opened.engine.infer({ prompt, timeoutMs: 30 })).rejects.toMatchObject({ code: 'Timeout' });
  await server.requests[0]?.aborted;
  const deadline = new Date(Date.now() - 1);
  await expect(opened.engine.infer({ prompt, deadline })).rejects.toMatchObject({ code: 'Timeout' });
  expect(server.requests).toHaveLength(1);
});

it('says whether a stop sequence ended the answer as well as the server tells it', async () => {
  const answer = (fields: object) =>
    json({ choices: [{ index: 0, message: { content: 'x' }, finish_reason: 'stop', ...fields }], usage });
  await using server = await fakeServer([answer({}), answer({ stop_reason: null }), answer({ stop_reason: 'a' })]);
  await using opened = await openEngine('text-generation', [server.url]);
  const request = { prompt, sampling: { stopSequences: ['a'] } };
  const reasons: string[] = [];
  for (let call = 0; call < 3; call += 1) reasons.push((await opened.engine.infer(request)).finishReason);
  expect(reasons).toEqual(['stop', 'eos', 'stop']);
});

it.each([
  ['chat', { messages: [{ role: 'user', content: 'x' }] }, 'messages'],
  ['raw-prompt', { prompt, raw: true }, 'raw'],
  ['token-prompt', { prompt: [1, 2] }, 'prompt'],
  ['seed', { prompt, sampling: { seed: 1 } }, 'sampling.seed'],
  ['stop-sequences', { prompt, sampling: { stopSequences: ['x'] } }, 'sampling.stopSequences'],
  ['multiple-choices', { prompt, sampling: { n: 2 } }, 'sampling.n'],
  ['priority', { prompt, priority: 'high' }, 'priority'],
  ['json-object', { prompt, sampling: { responseFormat: { type: 'json_object' } } }, 'sampling.responseFormat'],
] as const)(
  'refuses %s before anything is sent where the configuration leaves it out',
  async (feature, request, parameter) => {
    await using server = await fakeServer([chatAnswer('x')]);
    await using opened = await openEngine(
      'text-generation',
      [server.url],
      {},
      { features: ['streaming', 'stream-usage'] },
    );
    const refused = { code: 'Unsupported', details: { feature, parameter } };
    await expect(opened.engine.infer(request)).rejects.toMatchObject(refused);
    await expect(collect(opened.engine.inferStream(request))).rejects.toMatchObject(refused);
    expect(server.requests).toEqual([]);
  },
);

it('streams only where the configuration says that it can', async () => {
  await using server = await fakeServer([chatAnswer('x')]);
  await using opened = await openEngine('text-generation', [server.url], {}, { features: ['chat'] });
  await expect(collect(opened.engine.inferStream({ prompt }))).rejects.toMatchObject({
    code: 'Unsupported',
    details: { feature: 'streaming' },
  });
  expect(server.requests).toEqual([]);
});

it('asks for no usage of a stream where the server cannot tell it', async () => {
  await using server = await fakeServer([events([chatDelta('one', 'stop'), '[DONE]'])]);
  await using opened = await openEngine('text-generation', [server.url], {}, { features: ['chat', 'streaming'] });
  const [chunk] = await collect(opened.engine.inferStream({ prompt }));
  expect(chunk).toMatchObject({ text: 'one', finishReason: 'eos', timing: {} });
  expect(chunk).not.toHaveProperty('usage');
  expect(JSON.parse(server.requests[0]?.text ?? '')).not.toHaveProperty('stream_options');
});

it('sends a prompt as it is where there is no chat', async () => {
  await using server = await fakeServer([json({ choices: [{ index: 0, text: 'x', finish_reason: 'stop' }], usage })]);
  await using opened = await openEngine('text-generation', [server.url], {}, { features: [] });
  expect(await opened.engine.infer({ prompt })).toMatchObject({ text: 'x' });
  expect(server.requests.map(({ path }) => path)).toEqual(['/v1/completions']);
});

it('takes an event that says nothing but usage after the end of an answer', async () => {
  // As OpenRouter sends it; others have no delta then.
  const last = { choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }], usage };
  const without = { choices: [{ index: 0, delta: null, finish_reason: 'stop' }] };
  await using server = await fakeServer([events([chatDelta('x', 'stop'), last, without, '[DONE]'])]);
  await using opened = await openEngine('text-generation', [server.url]);
  const chunks = await collect(opened.engine.inferStream({ prompt }));
  expect(chunks).toMatchObject([{ text: 'x', finishReason: 'eos', usage: { promptTokens: 3, completionTokens: 2 } }]);
});

it('shows what a server says that answers with an error and status 200', async () => {
  const answer = json({ error: { message: 'no credits left', code: 402 }, user_id: 'me' });
  await using server = await fakeServer([answer]);
  await using opened = await openEngine('text-generation', [server.url]);
  const failure = { code: 'Backend', message: `${server.url} failed with status 200: no credits left` };
  await expect(opened.engine.infer({ prompt })).rejects.toMatchObject(failure);
  await expect(collect(opened.engine.inferStream({ prompt }))).rejects.toMatchObject(failure);
});

it('leaves nothing at a signal that lives on', async () => {
  await using server = await fakeServer([chatAnswer('x'), chatEvents(['x']), chatEvents(['x', 'y', 'z'])]);
  await using opened = await openEngine('text-generation', [server.url]);
  const { signal } = new AbortController();
  await opened.engine.infer({ prompt, signal, timeoutMs: 60_000 });
  await collect(opened.engine.inferStream({ prompt, signal, timeoutMs: 60_000 }));
  for await (const _ of opened.engine.inferStream({ prompt, signal })) break;
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

it('ends before the first stop sequence in the text, where the server goes by the order of the list', async () => {
  const parts = ['The number', ' of words i', 'n th', 'e s'];
  const stream = [...parts.map((part) => chatDelta(part)), chatDelta('', 'stop'), { choices: [], usage }, '[DONE]'];
  await using server = await fakeServer([chatAnswer(parts.join('')), events(stream)]);
  await using opened = await openEngine('text-generation', [server.url]);
  const request = { prompt, sampling: { stopSequences: ['entence', 'e s'] } };
  const expected = 'The number of words in th';
  expect(await opened.engine.infer(request)).toMatchObject({ text: expected, finishReason: 'stop' });
  const chunks = await collect(opened.engine.inferStream(request));
  expect(chunks.map((chunk) => chunk.text).join('')).toBe(expected);
  expect(chunks.at(-1)).toMatchObject({ finishReason: 'stop', usage: { promptTokens: 3 } });
});

it('sends no half of a character', async () => {
  await using server = await fakeServer([chatAnswer('x')]);
  await using opened = await openEngine('text-generation', [server.url]);
  await opened.engine.infer({ prompt: 'a\ud83d 🦀' });
  expect(JSON.parse(server.requests[0]?.text ?? '').messages[0].content).toBe('a\uFFFD 🦀');
});

it('takes no calls once it is shut down', async () => {
  await using server = await fakeServer([reset, failing(500)]);
  await using opened = await openEngine('text-generation', [server.url]);
  await opened.engine.shutdown();
  await expect(opened.engine.infer({ prompt })).rejects.toMatchObject({ code: 'Cancelled' });
  await expect(collect(opened.engine.inferStream({ prompt }))).rejects.toMatchObject({ code: 'Cancelled' });
  expect(server.requests).toEqual([]);
});
