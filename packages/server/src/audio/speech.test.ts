import { type AudioFormat, audioFormatInfo, audioFormats, loadWaveform } from '@ferrum/audio';
import { FerrumError } from '@ferrum/registry/errors';
import { afterEach, describe, expect, it } from 'vitest';
import { type FakeSpeakerOptions, fakeSpeaker } from '../testing/fake-speaker.js';
import { expectValid } from '../testing/openai-schemas.js';
import { ownConnection } from '../testing/own-connection.js';
import { errorOf } from '../testing/read-response.js';
import { eventsOf, post, type TestServer, testServer } from '../testing/test-server.js';
import { Gate, until } from '../testing/until.js';

let server: TestServer;
afterEach(() => server[Symbol.asyncDispose]());

async function serve(options: FakeSpeakerOptions = {}, settings: Parameters<typeof testServer>[1] = {}) {
  const fake = fakeSpeaker(options);
  server = await testServer({ speech: fake.engine }, settings);
  return fake;
}

const path = '/v1/audio/speech';
const input = 'One sentence is here. Another one comes after it.';

function say(fields: object = {}): Promise<Response> {
  return post(server.url, path, { model: 'speech', input, voice: 'joe', ...fields });
}

const failure = () => new FerrumError('Backend', 'out of memory');

describe('speech', () => {
  it.each(audioFormats)('is a whole file of %s', async (format: AudioFormat) => {
    const { calls } = await serve();
    const response = await say({ response_format: format });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe(audioFormatInfo(format).mimeType);
    expect(response.headers.get('transfer-encoding')).toBe('chunked');
    const bytes = new Uint8Array(await response.arrayBuffer());
    const seconds = 0.01 * input.length;
    if (format === 'pcm') expect(bytes.length / 2 / 24_000).toBeCloseTo(seconds, 3);
    else expect(Math.abs((await loadWaveform(bytes)).duration - seconds)).toBeLessThan(0.06);
    expect(calls[0]).toEqual({ text: input, options: { voice: 'joe', signal: expect.any(AbortSignal) } });
  });

  it('is mp3 by the first voice by default, and reads null as left out', async () => {
    const { calls } = await serve();
    const nothing = {
      response_format: null,
      speed: null,
      stream_format: null,
      instructions: '',
      seed: null,
      language: null,
    };
    const response = await say({ voice: undefined, ...nothing });
    expect(response.headers.get('content-type')).toBe('audio/mpeg');
    await response.arrayBuffer();
    expect(calls[0]?.options).toEqual({ signal: expect.any(AbortSignal) });
  });

  it('takes the names that the operator gives to voices', async () => {
    const { calls } = await serve({}, { models: [{ model: 'speech', voices: { alloy: 'joe' } }] });
    await (await say({ voice: 'alloy' })).arrayBuffer();
    expect(calls[0]?.options.voice).toBe('joe');
  });

  it('is told the voice, the speed, the language and the seed', async () => {
    const { calls } = await serve();
    await (await say({ voice: { id: 'ann' }, speed: 1.5, language: 'de-DE', seed: 7 })).arrayBuffer();
    expect(calls[0]?.options).toMatchObject({ voice: 'ann', speed: 1.5, language: 'de-DE', seed: 7 });
  });

  it('leaves while more of it is made', async () => {
    const gate = new Gate();
    const fake = await serve({ beforeClause: (index) => (index === 0 ? undefined : gate.wait()) });
    const reader = (await say({ response_format: 'wav' })).body?.getReader();
    const first = await reader?.read();
    expect(first?.value?.length).toBeGreaterThan(1000);
    expect(fake.active).toBe(1);
    gate.open();
    for (let next = await reader?.read(); next?.done === false; next = await reader?.read());
    expect(fake.active).toBe(0);
  });

  it.each([
    ['input', { input: '' }],
    ['input', { input: 'x'.repeat(4097) }],
    ['input', { input: '   ' }],
    ['input', { input: ['a'] }],
    ['voice', { voice: 'alloy' }, /it has joe, ann/],
    ['voice', { voice: { id: 'alloy' } }],
    ['speed', { speed: 0.1 }],
    ['speed', { speed: 4.5 }],
    ['response_format', { response_format: 'ogg' }, /mp3/],
    ['stream_format', { stream_format: 'raw' }],
    ['instructions', { instructions: 'Whisper.' }],
    ['seed', { seed: -1 }],
    ['pitch', { pitch: 2 }],
    ['model', { model: undefined }],
  ])('refuses a wrong %s', async (param, fields, message = /./) => {
    await serve();
    for (const stream_format of ['audio', 'sse']) {
      const response = await say({ stream_format, ...fields });
      expect(response.status).toBe(400);
      const error = await errorOf(response);
      expect(error).toMatchObject({ param, type: 'invalid_request_error' });
      expect(error.message).toMatch(message);
    }
  });

  it.each([
    ['something to install', 'Unsupported', { install: 'npm install it' }, 500, null],
    ['a damaged model', 'InvalidFormat', {}, 500, null],
    ['a language that nobody speaks', 'Unsupported', {}, 400, 'language'],
  ] as const)('tells whose fault is %s', async (_, code, details, status, param) => {
    await serve({ clauses: () => [new FerrumError(code, 'Do: npm install it.', { details })] });
    const response = await say();
    expect(response.status).toBe(status);
    expect(await errorOf(response)).toMatchObject({ param, message: 'Do: npm install it.' });
  });

  it('has the status of an error before its first byte', async () => {
    await serve({ clauses: () => [failure()] });
    for (const stream_format of ['audio', 'sse']) {
      const response = await say({ stream_format });
      expect([response.status, (await errorOf(response)).code]).toEqual([500, 'backend']);
    }
  });

  it('is cut off by a later error, which the log tells of', async () => {
    const gate = new Gate();
    const fake = await serve({
      clauses: () => ['x'.repeat(100), failure()],
      beforeClause: (index) => (index === 0 ? undefined : gate.wait()),
    });
    const response = await say({ response_format: 'wav' });
    expect(response.status).toBe(200);
    const reading = response.arrayBuffer();
    gate.open();
    await expect(reading).rejects.toThrow();
    await until(() => fake.active === 0);
    expect(server.log.join('')).toContain('out of memory');
  });

  it('ends when its client leaves, before and after the first bytes', async () => {
    const untilAborted = (signal?: AbortSignal) =>
      new Promise((resolve) => {
        if (signal?.aborted) resolve(undefined);
        signal?.addEventListener('abort', resolve);
      });
    for (const stuckAt of [0, 1]) {
      for (const stream_format of ['audio', 'sse']) {
        const fake = await serve({
          beforeClause: (index, signal) => (index < stuckAt ? undefined : untilAborted(signal)),
        });
        const body = JSON.stringify({ model: 'speech', input, response_format: 'wav', stream_format });
        const client = ownConnection(server.url, path, 'application/json', body);
        if (stuckAt === 1) await client.firstBytes;
        await until(() => fake.active === 1);
        client.leave();
        await until(() => fake.active === 0);
        if (stuckAt === 0 || stream_format === 'audio') await server[Symbol.asyncDispose]();
      }
    }
  });

  it('leaves no character of its text in the log', async () => {
    await serve({ warnings: ['"☃" was not spoken', '"❄" was not spoken'] }, { logLevel: 'trace' });
    await (await say({ input: 'Snow ☃❄.' })).arrayBuffer();
    const log = server.log.join('');
    expect(log).toContain('"warnings":2');
    expect(log).not.toMatch(/[☃❄]|Snow/);
  });

  it('ends when it takes longer than is allowed', async () => {
    await serve(
      { beforeClause: (_, signal) => new Promise((resolve) => signal?.addEventListener('abort', resolve)) },
      { timeouts: { generationSeconds: 0.3 } },
    );
    expect((await say()).status).toBe(504);
  });
});

describe('speech in events', () => {
  it('is the same file, a piece each', async () => {
    await serve();
    const whole = Buffer.from(await (await say({ response_format: 'wav' })).arrayBuffer());
    const response = await say({ response_format: 'wav', stream_format: 'sse' });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const events = (await eventsOf(response)).map((event) => JSON.parse(event));
    const last = events.pop();
    expect(events.length).toBeGreaterThan(1);
    for (const event of events) {
      expect(event.type).toBe('speech.audio.delta');
      expectValid('SpeechAudioDeltaEvent', event);
    }
    expect(Buffer.concat(events.map(({ audio }) => Buffer.from(audio, 'base64'))).equals(whole)).toBe(true);
    expect(last).toEqual({ type: 'speech.audio.done', usage: { input_tokens: 0, output_tokens: 0, total_tokens: 0 } });
    expectValid('SpeechAudioDoneEvent', last);
  });

  it('ends in an error event', async () => {
    await serve({ clauses: () => ['x'.repeat(100), failure()] });
    const events = (await eventsOf(await say({ response_format: 'wav', stream_format: 'sse' }))).map((event) =>
      JSON.parse(event),
    );
    expect(events[0].type).toBe('speech.audio.delta');
    expect(events.at(-1).error).toMatchObject({ type: 'server_error', code: 'backend' });
  });
});
