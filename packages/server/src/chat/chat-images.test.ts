import { FerrumError } from '@ferrum/registry/errors';
import { describe, expect, it } from 'vitest';
import { fakeHost } from '../testing/fake-host.js';
import { fakeLanguageModel } from '../testing/fake-language-model.js';
import { post, testServer } from '../testing/test-server.js';
import { anyJsonOf, textModel as model, textServer } from '../testing/text-server.js';

const bytes = Uint8Array.of(137, 80, 78, 71);
const url = `data:image/png;base64,${Buffer.from(bytes).toString('base64')}`;
const text = (value: string) => ({ type: 'text', text: value });
const image = (more: object = {}) => ({ type: 'image_url', image_url: { url, ...more } });
const chat = (...content: readonly object[]) => ({ model, messages: [{ role: 'user', content }] });

function seeingServer(fake = fakeLanguageModel()) {
  const engines = { 'text-generation': fake.engine };
  const host = fakeHost(engines, { features: ['streaming', 'image'] });
  return { fake, opened: testServer(engines, { engines: host }) };
}

describe('images of a chat completion', () => {
  it('reach the engine as bytes, in the order of the message, with what was asked of their detail', async () => {
    const { fake, opened } = seeingServer();
    await using server = await opened;
    const body = chat(text('a'), text('b'), image(), text('c'), image({ detail: 'low' }));
    expect((await post(server.url, '/v1/chat/completions', body)).status).toBe(200);
    const [message] = fake.requests.at(-1)?.messages ?? [];
    expect(message?.content).toEqual([
      { type: 'text', text: 'a' },
      { type: 'text', text: '\nb' },
      { type: 'image', image: Buffer.from(bytes) },
      { type: 'text', text: 'c' },
      { type: 'image', image: Buffer.from(bytes), detail: 'low' },
    ]);
  });

  it('reach it from /v1/responses as well', async () => {
    const { fake, opened } = seeingServer();
    await using server = await opened;
    const content = [
      { type: 'input_text', text: 'a' },
      { type: 'input_image', image_url: url, detail: 'high' },
    ];
    const response = await post(server.url, '/v1/responses', { model, input: [{ role: 'user', content }] });
    expect(response.status).toBe(200);
    expect(fake.requests.at(-1)?.messages?.[0]?.content).toEqual([
      { type: 'text', text: 'a' },
      { type: 'image', image: Buffer.from(bytes), detail: 'high' },
    ]);
  });

  it('reach it from /v1/messages as well, with the texts around them as one turn', async () => {
    const { fake, opened } = seeingServer();
    await using server = await opened;
    const source = { type: 'base64', media_type: 'image/png', data: Buffer.from(bytes).toString('base64') };
    const content = [text('a'), text('b'), { type: 'image', source }, text('c')];
    const ask = { model, max_tokens: 5, messages: [{ role: 'user', content }] };
    expect((await post(server.url, '/v1/messages', ask)).status).toBe(200);
    expect(fake.requests.at(-1)?.messages).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a\nb' },
          { type: 'image', image: Buffer.from(bytes) },
          { type: 'text', text: 'c' },
        ],
      },
    ]);
  });

  it.each([
    ['http://127.0.0.1/x.png', 'messages[0].content[0].image_url.url', /Nothing is fetched/],
    ['https://127.0.0.1/x.png', 'messages[0].content[0].image_url.url', /Nothing is fetched/],
    ['data:image/png;base64,§', 'messages[0].content[0].image_url.url', /not base64/],
  ])('are refused from %s', async (given, param, message) => {
    await using server = await seeingServer().opened;
    const response = await post(server.url, '/v1/chat/completions', chat(image({ url: given })));
    expect(response.status).toBe(400);
    expect((await anyJsonOf(response)).error).toMatchObject({ param, message: expect.stringMatching(message) });
  });

  it.each([
    [chat({ type: 'image_url' }), 'messages[0].content[0].image_url'],
    [chat(image({ detail: 'original' })), 'messages[0].content[0].image_url.detail'],
    [chat({ ...image(), mood: 1 }), 'messages[0].content[0].mood'],
    [{ model, messages: [{ role: 'system', content: [image()] }] }, 'messages[0].content[0].type'],
  ])('are refused where they are wrong: %j', async (body, param) => {
    await using server = await seeingServer().opened;
    const response = await post(server.url, '/v1/chat/completions', body);
    expect(response.status).toBe(400);
    expect((await anyJsonOf(response)).error.param).toBe(param);
  });

  it('are refused, naming the field, where the engine sees nothing', async () => {
    await using server = await textServer();
    for (const [path, body, param] of [
      ['/v1/chat/completions', chat(text('a'), image()), 'messages[0].content[1]'],
      ['/tokenize', chat(text('a'), image()), 'messages[0].content[1]'],
      [
        '/v1/responses',
        { model, input: [{ role: 'user', content: [{ type: 'input_image', image_url: url }] }] },
        'input[0].content[0]',
      ],
    ] as const) {
      const response = await post(server.url, path, body);
      expect(response.status).toBe(400);
      expect((await anyJsonOf(response)).error).toMatchObject({ param, message: expect.stringContaining('image') });
    }
  });

  it('are a bad request where the model sees nothing, or the file is none', async () => {
    for (const code of ['Unsupported', 'RequestValidation'] as const) {
      const fake = fakeLanguageModel();
      const refuse = async () => {
        const parameter = 'messages.0.content.0';
        throw new FerrumError(code, `Invalid request: \`${parameter}\`: no.`, { details: { parameter } });
      };
      const { opened } = seeingServer({ ...fake, engine: { ...fake.engine, infer: refuse } });
      await using server = await opened;
      const response = await post(server.url, '/v1/chat/completions', chat(image()));
      expect(response.status).toBe(400);
      const param = 'messages[0].content[0]';
      expect((await anyJsonOf(response)).error).toMatchObject({ param, message: `Invalid request: \`${param}\`: no.` });
    }
  });

  it('are named as the request has them, where what one says in pieces is one turn', async () => {
    const fake = fakeLanguageModel();
    const refuse = async () => {
      const parameter = 'messages.1.content.3';
      throw new FerrumError('Unsupported', `\`${parameter}\`: no.`, { details: { parameter } });
    };
    const { opened } = seeingServer({ ...fake, engine: { ...fake.engine, infer: refuse, tokenize: refuse } });
    await using server = await opened;
    const block = { type: 'image', source: { type: 'base64', data: Buffer.from(bytes).toString('base64') } };
    const said = { role: 'user', content: [text('b'), block] };
    const messages = { model, messages: [{ role: 'user', content: [text('a'), block] }, said], system: 'x' };
    const picture = { type: 'input_image', image_url: url };
    const words = [{ type: 'input_text', text: 'a' }, picture, { type: 'input_text', text: 'b' }, picture];
    for (const [path, body, param] of [
      ['/v1/messages', { ...messages, max_tokens: 5 }, 'messages[1].content[1]'],
      ['/v1/messages/count_tokens', messages, 'messages[1].content[1]'],
      ['/v1/responses', { model, instructions: 'x', input: [{ role: 'user', content: words }] }, 'input[0].content[3]'],
    ] as const) {
      const { error } = await anyJsonOf(await post(server.url, path, body));
      expect([path, error.details?.param ?? error.param, error.message]).toEqual([path, param, `\`${param}\`: no.`]);
    }
  });
});
