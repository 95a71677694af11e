import { describe, expect, it } from 'vitest';
import { type FakeLanguageModelOptions, fakeLanguageModel } from '../testing/fake-language-model.js';
import { connect } from './testing/client.js';

const model = 'text-generation';
const messages = [{ role: 'user' as const, content: 'one two three' }];

async function chat(options: FakeLanguageModelOptions = {}) {
  const fake = fakeLanguageModel(options);
  return { fake, ...(await connect({ 'text-generation': fake.engine })) };
}

describe('chat.completions.create', () => {
  it('answers, with the usage and the id of the request', async () => {
    const { client } = await chat();
    const completion = await client.chat.completions.create({ model, messages });
    expect(completion.choices).toEqual([
      {
        index: 0,
        message: { role: 'assistant', content: 'one two three', refusal: null },
        logprobs: null,
        finish_reason: 'stop',
      },
    ]);
    expect(completion).toMatchObject({ object: 'chat.completion', model, usage: { total_tokens: 6 } });
    expect(completion._request_id).toMatch(/^[\w-]{36}$/);
  });

  it('gives the response itself through withResponse and asResponse', async () => {
    const { client } = await chat();
    const { data, response, request_id } = await client.chat.completions.create({ model, messages }).withResponse();
    expect(data.choices).toHaveLength(1);
    expect(response.headers.get('x-request-id')).toBe(request_id);
    const raw = await client.chat.completions.create({ model, messages }).asResponse();
    expect(await raw.json()).toMatchObject({ object: 'chat.completion' });
  });

  it('sends back the id that the client chose', async () => {
    const { client } = await chat();
    const completion = await client.chat.completions.create(
      { model, messages },
      { headers: { 'X-Request-Id': 'mine.1' } },
    );
    expect(completion._request_id).toBe('mine.1');
  });

  it('makes n answers with log-probabilities', async () => {
    const { client } = await chat();
    const { choices } = await client.chat.completions.create({
      ...{ model, messages, n: 2, logprobs: true, top_logprobs: 1, max_completion_tokens: 1 },
    });
    expect(choices.map(({ index }) => index)).toEqual([0, 1]);
    for (const { logprobs } of choices) {
      expect(logprobs?.content?.[0]).toMatchObject({ token: 'one', logprob: -0.5, bytes: [111, 110, 101] });
      expect(logprobs?.content?.[0]?.top_logprobs).toHaveLength(1);
    }
  });

  it('takes every kind of message and field that the client has for a text model', async () => {
    const { client, fake } = await chat();
    await client.chat.completions.create({
      model,
      messages: [
        { role: 'developer', content: 'Be brief.' },
        { role: 'user', content: [{ type: 'text', text: 'Hi' }], name: 'ann' },
        { role: 'assistant', content: 'Hello' },
        { role: 'user', content: 'Bye' },
      ],
      stop: ['\n', 'END'],
      seed: 7,
      logit_bias: { 5: -100 },
      temperature: 0.5,
      user: 'ann',
      metadata: { a: 'b' },
      store: false,
      service_tier: 'auto',
      response_format: { type: 'text' },
    });
    expect(fake.requests[0]?.messages?.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user']);
    expect(fake.requests[0]?.sampling).toMatchObject({ stopSequences: ['\n', 'END'], seed: 7, logitBias: { 5: -100 } });
  });

  it('takes fields of ours through the body', async () => {
    const { client, fake } = await chat();
    await client.chat.completions.create({
      model,
      messages,
      // @ts-expect-error: not of OpenAI's
      top_k: 5,
      min_p: 0.1,
      repetition_penalty: 1.2,
      stop_token_ids: [3],
      ignore_eos: true,
      priority: 'high',
    });
    expect(fake.requests[0]).toMatchObject({
      priority: 'high',
      sampling: { topK: 5, minP: 0.1, repetitionPenalty: 1.2, stopTokens: [3], ignoreEos: true },
    });
  });

  it('keeps the answers of calls under way together apart', async () => {
    const { client } = await chat({ beforePiece: () => new Promise(setImmediate) });
    const said = Array.from({ length: 20 }, (_, index) => `call ${index} says ${index * index}`);
    const completions = await Promise.all(
      said.map((content) => client.chat.completions.create({ model, messages: [{ role: 'user', content }] })),
    );
    expect(completions.map(({ choices }) => choices[0]?.message.content)).toEqual(said);
    expect(new Set(completions.map(({ id }) => id)).size).toBe(20);
  });
});

describe('X-Ferrum-Session', () => {
  it('puts what was said before in front of what is said', async () => {
    const { client, fake } = await chat();
    const inSession = { headers: { 'X-Ferrum-Session': 'tea' } };
    const say = (content: string) => ({ model, messages: [{ role: 'user' as const, content }] });
    await client.chat.completions.create(say('first'), inSession);
    for await (const _ of await client.chat.completions.create({ ...say('second'), stream: true }, inSession));
    await client.chat.completions.create(say('third'), inSession);
    await client.chat.completions.create(say('alone'));
    expect(fake.requests.map(({ messages }) => messages?.map(({ content }) => content))).toEqual([
      ['first'],
      ['first', 'first', 'second'],
      ['first', 'first', 'second', 'second', 'third'],
      ['alone'],
    ]);
  });

  it('is refused with a name that cannot be one', async () => {
    const { baseURL, fetch } = await chat();
    const response = await fetch(`${baseURL}/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'X-Ferrum-Session': 'a b' },
      body: JSON.stringify({ model, messages }),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { param: 'x-ferrum-session' } });
  });
});
