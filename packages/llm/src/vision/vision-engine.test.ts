import type { ChatMessage, ImagePart, InferenceRequest } from '@ferrum/interfaces';
import { createHost } from '@ferrum/registry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
// The built package: importing a model runs in a worker thread, which needs JavaScript.
import { type ContinuousBatchEngine, plugin } from '../../dist/index.js';
import { loadHfFixture } from '../fixtures/load-fixture.js';
import { loadPicture, loadVisionFixture, visionFixtures } from '../testing/vision-fixture.js';

const hosts: ReturnType<typeof createHost>[] = [];
afterAll(() => Promise.all(hosts.map((host) => host.dispose())));

async function open(model: string, options: Readonly<Record<string, unknown>> = {}): Promise<ContinuousBatchEngine> {
  const host = createHost({ plugins: [plugin] });
  hosts.push(host);
  const engine = await host.resolve('text-generation', {
    model,
    options: { threads: 1, quantization: 'float32', kvCacheBytes: 1 << 24, ...options },
  });
  return engine as ContinuousBatchEngine;
}

const greedy = (maxTokens: number) => ({ temperature: 0, maxTokens, ignoreEos: true });
const image = (name: string): ImagePart => ({ type: 'image', image: loadPicture(name) });
const ask = (...content: readonly (string | ImagePart)[]): ChatMessage => ({
  role: 'user',
  content: content.map((part) => (typeof part === 'string' ? { type: 'text', text: part } : part)),
});

describe.each(visionFixtures)('%s', (name) => {
  const { location, cases } = loadVisionFixture(name);
  let engine: ContinuousBatchEngine;
  beforeAll(async () => {
    engine = await open(location, { prefillChunk: 32, activeDecodePrefillChunk: 16 });
  }, 60_000);

  it.each(cases)('goes on as the reference does: $name', async ({ messages, greedy: expected, tokens }) => {
    const response = await engine.infer({ messages, sampling: greedy(expected.length) });
    expect(response.tokens).toEqual(expected);
    expect(response.usage.promptTokens).toBe(tokens.length);
  });

  it('gives a crowd of texts and images what each gets alone, and what it gets again from the prefix cache', async () => {
    const requests = [...cases, ...cases].map(({ messages, greedy: expected }) => ({ messages, expected }));
    const responses = await Promise.all(
      requests.map(({ messages, expected }) => engine.infer({ messages, sampling: greedy(expected.length) })),
    );
    for (const [index, { tokens }] of responses.entries()) expect(tokens).toEqual(requests[index]!.expected);
  });
});

describe('an engine of a model that sees', () => {
  const { location } = loadVisionFixture('smolvlm');
  let engine: ContinuousBatchEngine;
  beforeAll(async () => {
    engine = await open(location);
  }, 60_000);

  it('shares the keys and values of the same image, and of no other', async () => {
    const request = (picture: string, text: string): InferenceRequest => ({
      messages: [ask(image(picture), text)],
      sampling: greedy(1),
    });
    const { usage: first } = await engine.infer(request('square', 'one'));
    const { usage: again } = await engine.infer(request('square', 'two'));
    // Of the same size, so that all tokens are the same.
    const { usage: other } = await engine.infer(request('glass', 'one'));
    expect(first.cachedTokens).toBe(0);
    expect(again.cachedTokens).toBeGreaterThan(100);
    expect(other.promptTokens).toBe(first.promptTokens);
    expect(other.cachedTokens).toBe(0);
  });

  it('streams, drafts and answers several times as it answers', async () => {
    const request: InferenceRequest = { messages: [ask('See ', image('wide'), '!')], sampling: greedy(8) };
    const { tokens } = await engine.infer(request);
    const streamed: number[] = [];
    for await (const chunk of engine.inferStream(request)) streamed.push(...chunk.tokens);
    expect(streamed).toEqual(tokens);
    const drafted = await engine.inferSpeculative(request, { speculationDepth: 3 });
    expect(drafted.tokens).toEqual(tokens);
    const both = await engine.infer({ ...request, sampling: { ...greedy(8), n: 2 } });
    expect(both.choices?.map((choice) => choice.tokens)).toEqual([tokens, tokens]);
  });

  it('takes up a request with an image where another engine left it', async () => {
    const other = await open(location, { streamBuffer: 2 });
    const request: InferenceRequest = { messages: [ask(image('tall'), 'Go on')], sampling: greedy(12) };
    const { tokens } = await engine.infer(request);
    const stream = other.inferStream(request);
    const first = await stream.next();
    const state = await other.exportState({ includeKvCache: true });
    const [restored] = await engine.importState(state);
    expect((await restored!.response()).tokens).toEqual(tokens);
    expect(first.value?.tokens).toEqual(tokens.slice(0, 1));
    await stream.return?.();
  });

  it('counts the tokens of an image', async () => {
    const messages = [ask(image('wide'), 'What?')];
    const { tokens } = await engine.tokenize({ messages });
    const { usage } = await engine.infer({ messages, sampling: greedy(1) });
    expect(tokens).toHaveLength(usage.promptTokens);
    const low = await engine.tokenize({ messages: [ask({ ...image('wide'), detail: 'low' }, 'What?')] });
    expect(low.tokens.length).toBeLessThan(tokens.length / 2);
  });

  it('refuses an image that is none, or that the user did not show, and names it', async () => {
    const bad = (part: unknown): InferenceRequest => ({ messages: [ask('a', part as ImagePart)] });
    const refused = (request: InferenceRequest) =>
      engine.infer(request).then(
        () => undefined,
        (error) => error,
      );
    const field = { parameter: 'messages.0.content.1' };
    expect(await refused(bad({ type: 'image', image: new Uint8Array(100) }))).toMatchObject({
      code: 'RequestValidation',
      message: expect.stringContaining('`messages.0.content.1`'),
      details: field,
    });
    const cut = { type: 'image', image: loadPicture('wide').slice(0, 300) };
    expect(await refused(bad(cut))).toMatchObject({ code: 'RequestValidation', details: field });
    expect(await refused(bad({ type: 'image', image: 'cat.png' }))).toMatchObject({ code: 'RequestValidation' });
    expect(await refused(bad({ ...image('wide'), detail: 'huge' }))).toMatchObject({ code: 'RequestValidation' });
    const system = { ...ask(image('wide')), role: 'system' as const };
    expect(await refused({ messages: [system, ask('a')] })).toMatchObject({
      details: { parameter: 'messages.0.content.0' },
    });
    expect(await refused({ messages: [ask('an <image> in words', image('wide'))] })).toMatchObject({
      code: 'RequestValidation',
      message: expect.stringContaining('<image>'),
    });
    const many = Array.from({ length: 300 }, () => image('wide'));
    expect(await refused({ messages: [ask(...many)] })).toMatchObject({
      code: 'RequestValidation',
      message: expect.stringContaining('300 images'),
    });
  });

  it('stops reading images when the caller or the reader is gone, or the time is over', async () => {
    const messages = [ask(image('square'), image('wide'), image('tall'), 'x')];
    const controller = new AbortController();
    const cancelled = engine.infer({ messages, signal: controller.signal });
    controller.abort();
    await expect(cancelled).rejects.toMatchObject({ code: 'Cancelled' });
    const stream = engine.inferStream({ messages });
    const next = stream.next();
    await stream.return?.();
    expect((await next).done).toBe(true);
    await expect(engine.infer({ messages, timeoutMs: 0.001 })).rejects.toMatchObject({ code: 'Timeout' });
    expect(await engine.status()).toMatchObject({ activeRequests: 0, queuedRequests: 0 });
  });

  it.each([{ quantization: 'int8' }, { quantization: 'int8', fastPrefill: false }])(
    'reads prompts with a graph of their own: %o',
    async (options) => {
      const rounded = await open(location, options);
      const sampling = { ...greedy(1), logprobs: true, topLogprobs: 20 };
      for (const name of ['wide', 'tall']) {
        const request = { messages: [ask('a', image(name), 'b')], sampling };
        const [{ logprobs: exact }, { logprobs: close }] = await Promise.all([
          engine.infer(request),
          rounded.infer(request),
        ]);
        const expected = new Map(exact![0]!.top.map(({ token, logprob }) => [token, logprob]));
        const common = close![0]!.top.filter(({ token }) => expected.has(token));
        expect(common.length).toBeGreaterThan(12);
        for (const { token, logprob } of common) expect(Math.abs(logprob - expected.get(token)!)).toBeLessThan(0.5);
      }
    },
  );

  it('keeps keys and values in 8 bits', async () => {
    const rounded = await open(location, { kvCacheType: 'int8' });
    const request = { messages: [ask('a', image('tall'), 'b')], sampling: greedy(4) };
    expect((await rounded.infer(request)).tokens).toHaveLength(4);
  });

  it('takes a limit on pixels', async () => {
    const small = await open(location, { maxImagePixels: 1000, maxImageBytes: 5000 });
    await expect(small.infer({ messages: [ask(image('wide'))] })).rejects.toMatchObject({
      code: 'RequestValidation',
      message: expect.stringMatching(/maxImage(Pixels|Bytes)/),
    });
  });
});

it('a model that sees nothing refuses images, naming the field', async () => {
  const engine = await open(loadHfFixture('llama-gqa').location);
  const refusal = { code: 'Unsupported', details: { parameter: 'messages.0.content.0' } };
  await expect(engine.infer({ messages: [ask(image('wide'))] })).rejects.toMatchObject(refusal);
  await expect(engine.tokenize({ messages: [ask(image('wide'))] })).rejects.toMatchObject(refusal);
});
