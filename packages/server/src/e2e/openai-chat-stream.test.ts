import { FerrumError } from '@ferrum/registry/errors';
import { APIError, APIUserAbortError } from 'openai';
import { describe, expect, it } from 'vitest';
import { type FakeLanguageModelOptions, fakeLanguageModel } from '../testing/fake-language-model.js';
import { until } from '../testing/until.js';
import { collect, connect } from './testing/client.js';

const model = 'text-generation';
const messages = [{ role: 'user' as const, content: 'one two three' }];

async function chat(options: FakeLanguageModelOptions = {}) {
  const fake = fakeLanguageModel(options);
  return { fake, ...(await connect({ 'text-generation': fake.engine })) };
}

describe('chat.completions.create with stream', () => {
  it('gives the pieces, then why it ended', async () => {
    const { client } = await chat();
    const chunks = await collect(await client.chat.completions.create({ model, messages, stream: true }));
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe('one two three');
    expect(chunks[0]?.choices[0]?.delta.role).toBe('assistant');
    expect(chunks.map(({ choices }) => choices[0]?.finish_reason).filter(Boolean)).toEqual(['stop']);
    expect(chunks.every((chunk) => chunk.usage === undefined)).toBe(true);
  });

  it('tells the usage last, if asked', async () => {
    const { client } = await chat();
    const chunks = await collect(
      await client.chat.completions.create({ model, messages, stream: true, stream_options: { include_usage: true } }),
    );
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 3, completion_tokens: 3 } });
    expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
  });

  it('streams n answers with log-probabilities', async () => {
    const { client } = await chat();
    const stream = await client.chat.completions.create({ model, messages, stream: true, n: 2, logprobs: true });
    const texts = ['', ''];
    const tokens: string[][] = [[], []];
    for await (const { choices } of stream) {
      for (const { index, delta, logprobs } of choices) {
        texts[index] += delta.content ?? '';
        tokens[index]?.push(...(logprobs?.content ?? []).map(({ token }) => token));
      }
    }
    expect(texts).toEqual(['one two three', 'one two three']);
    expect(tokens).toEqual([
      ['one', ' two', ' three'],
      ['one', ' two', ' three'],
    ]);
  });

  it('ends the generation when the loop is left', async () => {
    const { client, fake } = await chat({ answer: endless, beforePiece: () => new Promise(setImmediate) });
    for await (const { choices } of await client.chat.completions.create({ model, messages, stream: true })) {
      if (choices[0]?.delta.content) break;
    }
    await until(() => fake.active === 0);
  });

  it('throws what went wrong in the middle', async () => {
    const { client } = await chat({ answer: () => ['one', ' two', new FerrumError('Backend', 'The session failed.')] });
    const seen: string[] = [];
    const read = async () => {
      const stream = await client.chat.completions.create({ model, messages, stream: true });
      for await (const { choices } of stream) seen.push(choices[0]?.delta.content ?? '');
    };
    await expect(read()).rejects.toThrow(APIError);
    expect(seen.join('')).toBe('one');
    await expect(read()).rejects.toMatchObject({ type: 'server_error', code: 'backend' });
  });

  it('can be torn in two, and written down', async () => {
    const { client } = await chat();
    const [left, right] = (await client.chat.completions.create({ model, messages, stream: true })).tee();
    expect(await collect(left)).toEqual(await collect(right));
    const stream = await client.chat.completions.create({ model, messages, stream: true });
    const lines = await new Response(stream.toReadableStream() as ReadableStream).text();
    expect(
      lines
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).object),
    ).toContain('chat.completion.chunk');
  });
});

describe('chat.completions.stream', () => {
  it('tells of the content as it grows, and joins the chunks to a completion', async () => {
    const { client } = await chat();
    const stream = client.chat.completions.stream({ model, messages, stream_options: { include_usage: true } });
    const snapshots: string[] = [];
    stream.on('content', (_, snapshot) => snapshots.push(snapshot));
    const completion = await stream.finalChatCompletion();
    expect(snapshots).toEqual(['one', 'one two', 'one two three']);
    expect(completion.choices[0]).toMatchObject({
      finish_reason: 'stop',
      message: { role: 'assistant', content: 'one two three' },
    });
    expect(completion.usage?.total_tokens).toBe(6);
    expect(await stream.finalContent()).toBe('one two three');
    expect(await stream.totalUsage()).toMatchObject({ prompt_tokens: 3 });
  });

  it('tells of log-probabilities', async () => {
    const { client } = await chat();
    const stream = client.chat.completions.stream({ model, messages, logprobs: true, top_logprobs: 2 });
    const counts: number[] = [];
    stream.on('logprobs.content.delta', ({ snapshot }) => counts.push(snapshot.length));
    await stream.done();
    expect(counts).toEqual([1, 2, 3]);
  });

  it('ends the generation when it is aborted, before and after the first piece', async () => {
    const { client, fake } = await chat({ answer: endless, beforePiece: () => new Promise(setImmediate) });
    const late = client.chat.completions.stream({ model, messages });
    late.once('content', () => late.abort());
    await expect(late.done()).rejects.toThrow(APIUserAbortError);
    await until(() => fake.requests.length === 1 && fake.active === 0);

    const controller = new AbortController();
    const early = client.chat.completions.create({ model, messages }, { signal: controller.signal });
    await until(() => fake.active === 1);
    controller.abort();
    await expect(early).rejects.toThrow(APIUserAbortError);
    await until(() => fake.active === 0);
  });

  it('runs beside others without mixing them', async () => {
    const { client } = await chat({ beforePiece: () => new Promise(setImmediate) });
    const said = Array.from({ length: 12 }, (_, index) => `stream ${index} says ${index * index}`);
    const answers = await Promise.all(
      said.map((content) =>
        client.chat.completions.stream({ model, messages: [{ role: 'user', content }] }).finalContent(),
      ),
    );
    expect(answers).toEqual(said);
  });
});

const endless = () => Array.from({ length: 1_000_000 }, () => ' again');
