import { FerrumError } from '@ferrum/registry/errors';
import { describe, expect, it } from 'vitest';
import { eventsOf, post } from '../testing/test-server.js';
import { anyJsonOf, textModel, textServer } from '../testing/text-server.js';

const path = '/v1/completions';
const model = textModel;

describe('a completion', () => {
  it('continues the text as it is, at most 16 tokens unless told otherwise', async () => {
    await using server = await textServer();
    const body = await anyJsonOf(await post(server.url, path, { model, prompt: 'one two three' }));
    expect(body).toEqual({
      id: expect.stringMatching(/^cmpl-/),
      object: 'text_completion',
      created: expect.any(Number),
      model,
      choices: [{ index: 0, text: 'one two three', logprobs: null, finish_reason: 'stop' }],
      usage: { prompt_tokens: 3, completion_tokens: 3, total_tokens: 6, prompt_tokens_details: { cached_tokens: 1 } },
    });
    expect(server.fake.requests[0]).toMatchObject({ prompt: 'one two three', raw: true, sampling: { maxTokens: 16 } });
  });

  it('takes several prompts, as texts or as token ids, and sums their usage', async () => {
    await using server = await textServer();
    const texts = await anyJsonOf(await post(server.url, path, { model, prompt: ['one', 'two three'], n: 2 }));
    expect(texts.choices.map(({ index, text }: { index: number; text: string }) => [index, text])).toEqual([
      [0, 'one'],
      [1, 'one'],
      [2, 'two three'],
      [3, 'two three'],
    ]);
    expect(texts.usage).toMatchObject({ prompt_tokens: 3, completion_tokens: 6, total_tokens: 9 });
    await post(server.url, path, { model, prompt: [1, 2, 3] });
    expect(server.fake.requests.at(-1)?.prompt).toEqual([1, 2, 3]);
    const ids = await anyJsonOf(await post(server.url, path, { model, prompt: [[1, 2], [3]] }));
    expect(ids.choices).toHaveLength(2);
  });

  it('echoes the prompt with the log-probabilities of both', async () => {
    await using server = await textServer();
    const body = await anyJsonOf(
      await post(server.url, path, { model, prompt: 'one two', echo: true, logprobs: 1, max_tokens: 1 }),
    );
    expect(body.choices[0]).toEqual({
      index: 0,
      text: 'one twoone',
      logprobs: {
        tokens: ['one', ' two', 'one'],
        token_logprobs: [null, -0.5, -0.5],
        top_logprobs: [null, { ' two': -0.5 }, { one: -0.5 }],
        text_offset: [0, 3, 7],
      },
      finish_reason: 'length',
    });
  });

  it('of no tokens is the prompt alone', async () => {
    await using server = await textServer();
    const body = await anyJsonOf(
      await post(server.url, path, { model, prompt: 'one two', echo: true, logprobs: 0, max_tokens: 0 }),
    );
    expect(body.choices[0]).toMatchObject({
      text: 'one two',
      logprobs: { tokens: ['one', ' two'] },
      finish_reason: 'length',
    });
    expect(body.usage).toMatchObject({ prompt_tokens: 2, completion_tokens: 0, total_tokens: 2 });
    const silent = await anyJsonOf(await post(server.url, path, { model, prompt: 'one two', max_tokens: 0 }));
    expect(silent.choices[0]).toMatchObject({ text: '', logprobs: null, finish_reason: 'length' });
  });

  it('takes best_of', async () => {
    await using server = await textServer();
    await post(server.url, path, { model, prompt: 'one', n: 2, best_of: 3 });
    expect(server.fake.requests[0]?.sampling).toMatchObject({ n: 2, bestOf: 3 });
  });

  it.each([
    [{ prompt: undefined }, 'prompt'],
    [{ prompt: '' }, 'prompt'],
    [{ prompt: [] }, 'prompt'],
    [{ prompt: ['a', 1] }, 'prompt[1]'],
    [{ prompt: [[]] }, 'prompt[0]'],
    [{ prompt: [-1] }, 'prompt[0]'],
    [{ prompt: Array.from({ length: 4 }, () => 'x') }, 'prompt'],
    [{ suffix: 'x' }, 'suffix'],
    [{ best_of: 2, n: 3 }, 'best_of'],
    [{ best_of: 2, stream: true }, 'best_of'],
    [{ best_of: 21 }, 'best_of'],
    [{ max_tokens: -1 }, 'max_tokens'],
    [{ max_tokens: 0, stream: true }, 'max_tokens'],
    [{ messages: [] }, 'messages'],
  ])('is refused with %j, naming %s', async (fields, param) => {
    await using server = await textServer({}, { limits: { inputs: 3 } });
    const response = await post(server.url, path, { model, prompt: 'x', ...fields });
    expect(response.status).toBe(400);
    expect((await anyJsonOf(response)).error.param).toBe(param);
    expect(server.fake.requests).toEqual([]);
  });
});

describe('a streamed completion', () => {
  it('brings the chunks of several prompts with one id, then the usage of all', async () => {
    await using server = await textServer();
    const body = {
      model,
      prompt: ['one two', 'three'],
      stream: true,
      n: 2,
      logprobs: 0,
      stream_options: { include_usage: true },
    };
    const events = await eventsOf(await post(server.url, path, body));
    expect(events.at(-1)).toBe('[DONE]');
    const chunks = events.slice(0, -1).map((event) => JSON.parse(event));
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
    const texts = ['', '', '', ''];
    const ends: string[] = [];
    const offsets: number[][] = [[], [], [], []];
    for (const { choices } of chunks) {
      for (const { index, text, finish_reason, logprobs } of choices) {
        texts[index] += text;
        offsets[index]?.push(...(logprobs?.text_offset ?? []));
        if (finish_reason) ends.push(finish_reason);
      }
    }
    expect(texts).toEqual(['one two', 'one two', 'three', 'three']);
    expect(offsets).toEqual([[0, 3], [0, 3], [0], [0]]);
    expect(ends).toEqual(['stop', 'stop', 'stop', 'stop']);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 3, completion_tokens: 6 } });
  });

  it('fails as a whole before it begins when one prompt cannot be', async () => {
    await using server = await textServer({ contextLength: 3 });
    for (const stream of [true, false]) {
      const response = await post(server.url, path, { model, prompt: ['one', 'one two three'], stream });
      expect(response.status).toBe(400);
      expect((await anyJsonOf(response)).error.param).toBe('prompt[1]');
    }
    await expect.poll(() => server.fake.active).toBe(0);
  });

  it('ends every prompt when one fails on the way', async () => {
    await using server = await textServer({
      answer: ({ prompt }) => (prompt === 'bad' ? ['a', 'b', new FerrumError('Backend', 'no')] : ['a', 'b', 'c', 'd']),
    });
    const events = await eventsOf(await post(server.url, path, { model, prompt: ['good', 'bad'], stream: true }));
    expect(events.at(-1)).toBe('[DONE]');
    expect(JSON.parse(events.at(-2) ?? '').error.type).toBe('server_error');
    await expect.poll(() => server.fake.active).toBe(0);
  });
});
