import type { LlmInferenceEngine, TokenizeInput } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeLanguageModel } from '../testing/fake-language-model.js';
import { errorOf } from '../testing/read-response.js';
import { post, type TestServer, testServer } from '../testing/test-server.js';

const inputs: TokenizeInput[] = [];
let server: TestServer;
beforeAll(async () => {
  const { engine } = fakeLanguageModel({ contextLength: 64 });
  const tokenize: LlmInferenceEngine['tokenize'] = (input) => {
    inputs.push(input);
    if ((input.prompt ?? input.messages?.[0]?.content) === 'too long') {
      const details = { parameter: 'prompt' };
      return Promise.reject(new FerrumError('RequestValidation', '`prompt` is too long.', { details }));
    }
    return (engine.tokenize as NonNullable<LlmInferenceEngine['tokenize']>)(input);
  };
  server = await testServer({ 'text-generation': { ...engine, tokenize } });
});
afterAll(() => server[Symbol.asyncDispose]());

const tokenize = (body: object) => post(server.url, '/tokenize', { model: 'text-generation', ...body });
const lastInput = () => {
  const { signal: _, ...input } = inputs.at(-1) ?? {};
  return input;
};

describe('POST /tokenize', () => {
  it.each(['content', 'prompt'])('gives the tokens of a text under %s', async (name) => {
    const response = await tokenize({ [name]: 'a bcd' });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ tokens: [1, 4], count: 2, max_model_len: 64 });
    expect(lastInput()).toEqual({ prompt: 'a bcd' });
  });

  it('gives the pieces where they are wanted, and none of an empty text', async () => {
    expect(await (await tokenize({ content: 'a bcd', with_pieces: true })).json()).toMatchObject({
      pieces: ['a', ' bcd'],
    });
    expect(await (await tokenize({ content: '', with_pieces: true })).json()).toMatchObject({
      tokens: [],
      count: 0,
      pieces: [],
    });
  });

  it('passes on the special tokens, and conversations as /v1/chat/completions reads them', async () => {
    await tokenize({ content: 'a', add_special_tokens: false, messages: null, with_pieces: null });
    expect(lastInput()).toEqual({ prompt: 'a', addSpecialTokens: false });
    const messages = [
      { role: 'developer', content: 'be brief' },
      { role: 'user', content: [{ type: 'text', text: 'hello' }] },
    ];
    await tokenize({ messages, add_generation_prompt: false });
    expect(lastInput()).toEqual({
      messages: [
        { role: 'system', content: 'be brief' },
        { role: 'user', content: 'hello' },
      ],
      addGenerationPrompt: false,
    });
  });

  it('passes on what a chat template knows beside the messages', async () => {
    const parameters = { type: 'object', properties: { city: { type: 'string' } } };
    await tokenize({
      messages,
      tools: [{ type: 'function', function: { name: 'weather', parameters } }],
      chat_template_kwargs: { enable_thinking: false },
    });
    expect(lastInput()).toEqual({
      messages,
      tools: [{ name: 'weather', parameters }],
      templateVariables: { enable_thinking: false },
    });
  });

  const messages = [{ role: 'user', content: 'a' }];
  const tool = { type: 'function', function: { name: 'weather' } };
  it.each([
    ['nothing', {}, 'content'],
    ['a text under both names', { content: 'a', prompt: 'a' }, 'prompt'],
    ['a text and a conversation', { content: 'a', messages }, 'prompt'],
    ['special tokens of a conversation', { messages, add_special_tokens: true }, 'add_special_tokens'],
    ['an opening after a text', { content: 'a', add_generation_prompt: true }, 'add_generation_prompt'],
    [
      'an image',
      { messages: [{ role: 'user', content: [{ type: 'image_url' }] }] },
      'messages[0].content[0].image_url',
    ],
    ['more messages than are read at once', { messages: Array(1001).fill(messages[0]) }, 'messages'],
    ['tools beside a text', { content: 'a', tools: [tool] }, 'tools'],
    ['template arguments beside a text', { content: 'a', chat_template_kwargs: {} }, 'chat_template_kwargs'],
    ['two tools of a name', { messages, tools: [tool, tool] }, 'tools[1].function.name'],
    ["llama.cpp's other name", { content: 'a', add_special: true }, 'add_special'],
  ])('refuses %s', async (_, body, param) => {
    const response = await tokenize(body);
    expect(response.status).toBe(400);
    expect((await errorOf(response)).param).toBe(param);
  });
});

it.each([
  ['content', 'too long'],
  ['prompt', 'too long'],
  ['messages', [{ role: 'user', content: 'too long' }]],
])('names %s where the engine refuses what is in it', async (name, value) => {
  const response = await tokenize({ [name]: value });
  expect(response.status).toBe(400);
  expect(await errorOf(response)).toMatchObject({ param: name, message: `\`${name}\` is too long.` });
});

describe('POST /detokenize', () => {
  const detokenize = (body: object) => post(server.url, '/detokenize', { model: 'text-generation', ...body });

  it('gives the text', async () => {
    expect(await (await detokenize({ tokens: [1, 3] })).json()).toEqual({ content: 'x xxx' });
    expect(await (await detokenize({ tokens: [] })).json()).toEqual({ content: '' });
  });

  it.each([
    ['no tokens', {}, 'tokens'],
    ['a text', { tokens: ['a'] }, 'tokens[0]'],
    ['a negative id', { tokens: [1, -1] }, 'tokens[1]'],
  ])('refuses %s', async (_, body, param) => {
    const response = await detokenize(body);
    expect(response.status).toBe(400);
    expect((await errorOf(response)).param).toBe(param);
  });
});

it.each([
  ['/tokenize', { content: 'a' }],
  ['/detokenize', { tokens: [1] }],
])('%s says of an engine without a tokenizer that it has none', async (path, body) => {
  const { tokenize: _, detokenize: __, ...engine } = fakeLanguageModel().engine;
  await using bare = await testServer({ 'text-generation': engine });
  const response = await post(bare.url, path, { model: 'text-generation', ...body });
  expect(response.status).toBe(400);
  expect(await errorOf(response)).toMatchObject({
    param: 'model',
    code: 'model_not_supported',
    message: expect.stringContaining('does not'),
  });
});
