import { formatTranscription } from '@ferrum/audio';
import { FerrumError } from '@ferrum/registry/errors';
import type { TranscriptionVerbose } from 'openai/resources/audio/transcriptions';
import { describe, expect, it, vi } from 'vitest';
import { fakeTranscriber } from '../testing/fake-transcriber.js';
import { expectValid } from '../testing/openai-schemas.js';
import { errorOf, jsonOf } from '../testing/read-response.js';
import { post } from '../testing/test-server.js';
import { type FieldValue, postForm, postFormAlone } from './testing/forms.js';
import { TranscriptionTests } from './testing/transcription-server.js';

const tests = new TranscriptionTests();

type Fields = readonly (readonly [string, FieldValue])[];
const path = '/v1/audio/transcriptions';

function ask(fields: Fields, to = path): Promise<Response> {
  return postForm(tests.server.url, to, [['model', 'transcription'], ['file', tests.audio], ...fields]);
}

const usage = { type: 'duration', seconds: 1.5 };
const text = 'Hello there. How <are> you?';

describe('transcriptions', () => {
  it('are JSON by default, from the bytes that were sent', async () => {
    const { calls } = await tests.serve();
    const response = await ask([]);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    const body = await response.json();
    expect(body).toEqual({ text, usage });
    expectValid('CreateTranscriptionResponseJson', body);
    expect(calls).toHaveLength(1);
    expect(calls[0]?.options).toEqual({ signal: expect.any(AbortSignal), onStart: expect.any(Function) });
  });

  it('come as text, srt and vtt', async () => {
    await tests.serve();
    const plain = await ask([['response_format', 'text']]);
    expect(plain.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await plain.text()).toBe(`${text}\n`);
    const srt = await ask([['response_format', 'srt']]);
    expect(srt.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await srt.text()).toBe(
      '1\n00:00:00,000 --> 00:00:01,000\nHello there.\n\n2\n00:00:01,000 --> 00:00:02,000\nHow <are> you?\n\n',
    );
    const vtt = await ask([['response_format', 'vtt']]);
    expect(vtt.headers.get('content-type')).toBe('text/vtt; charset=utf-8');
    const result = await fakeTranscriber().engine.transcribe(tests.audio);
    expect(await vtt.text()).toBe(formatTranscription(result, 'vtt'));
  });

  it('list of verbose_json what is asked for', async () => {
    const { calls } = await tests.serve();
    const verbose: Fields[number] = ['response_format', 'verbose_json'];
    const byDefault = await jsonOf<TranscriptionVerbose>(await ask([verbose]));
    expect(byDefault).toMatchObject({ task: 'transcribe', language: 'french', duration: 1.5, text, usage });
    // Extensions of ours.
    expect(byDefault).toMatchObject({ language_probability: 0.75, language_probabilities: { fr: 0.75, en: 0.25 } });
    expect(byDefault.segments).toHaveLength(2);
    expect(byDefault).not.toHaveProperty('words');
    expectValid('CreateTranscriptionResponseVerboseJson', byDefault);
    expect(calls[0]?.options).not.toHaveProperty('wordTimestamps');

    const words = await jsonOf<TranscriptionVerbose>(await ask([verbose, ['timestamp_granularities[]', 'word']]));
    expect(words.words).toEqual([
      { word: 'Hello there.', start: 0, end: 1, probability: 0.5 },
      { word: 'How <are> you?', start: 1, end: 2, probability: 0.5 },
    ]);
    expect(words).not.toHaveProperty('segments');
    expectValid('CreateTranscriptionResponseVerboseJson', words);
    expect(calls[1]?.options.wordTimestamps).toBe(true);

    const both = await (
      await ask([verbose, ['timestamp_granularities[]', 'word'], ['timestamp_granularities[]', 'segment']])
    ).json();
    expect(both).toMatchObject({ words: expect.any(Array), segments: expect.any(Array) });
  });

  it('tell the engine what the fields say, wherever they are in the form', async () => {
    const { calls } = await tests.serve();
    const response = await postForm(tests.server.url, path, [
      ['language', 'English'],
      ['prompt', 'Ferrum'],
      ['file', tests.audio],
      ['temperature', '0.4'],
      ['keywords[]', 'iron'],
      ['keywords[]', 'rust'],
      ['chunking_strategy', '{"type":"server_vad","threshold":0.25}'],
      ['model', 'transcription'],
    ]);
    expect(response.status).toBe(200);
    expect(calls[0]?.options).toEqual({
      language: 'English',
      initialPrompt: 'Ferrum',
      temperature: 0.4,
      hotwords: 'iron, rust',
      vadFilter: true,
      vadParameters: { threshold: 0.25, speechPadMs: 300, minSilenceDurationMs: 200 },
      signal: expect.any(AbortSignal),
      onStart: expect.any(Function),
    });
    await ask([
      ['temperature', '0'],
      ['prompt', ''],
      ['chunking_strategy', 'auto'],
      ['languages[]', 'de'],
      ['multilingual', 'true'],
    ]);
    const { signal: _, onStart: __, ...options } = calls[1]?.options ?? {};
    expect(options).toEqual({ vadFilter: true, language: 'de', multilingual: true });
    // As the official clients write an object.
    await ask([
      ['chunking_strategy[type]', 'server_vad'],
      ['chunking_strategy[silence_duration_ms]', '500'],
    ]);
    expect(calls[2]?.options.vadParameters).toEqual({ threshold: 0.5, speechPadMs: 300, minSilenceDurationMs: 500 });
  });

  it.each([
    ['response_format', 'diarized_json', /by voice/],
    ['response_format', 'xml', /json, text, srt/],
    ['temperature', '1.5', /must be <= 1/],
    ['temperature', 'warm', /must be number/],
    ['stream', 'yes', /must be boolean/],
    ['language', 'klingon', /not a language/],
    ['language', '', /is empty/],
    ['include[]', 'logprobs', /log-probabilities/],
    ['known_speaker_names[]', 'Ann', /by voice/],
    ['timestamp_granularities[]', 'word', /verbose_json/],
    ['chunking_strategy', 'manual', /must be/],
    ['chunking_strategy[threshold]', '2', /must be <= 1/, 'chunking_strategy.threshold'],
    ['beam_size', '5', /no field `beam_size`/],
    ['model', 'other', /more than once/],
  ])('refuse %s=%s', async (name, value, message, param = name.replace('[]', '')) => {
    const { calls } = await tests.serve();
    const isPart = param.includes('.');
    const response = await ask([
      [name, value],
      ...(isPart ? [['chunking_strategy[type]', 'server_vad'] as const] : []),
    ]);
    const error = await errorOf(response);
    expect([response.status, error.param, error.type]).toEqual([400, param, 'invalid_request_error']);
    expect(error.message).toMatch(message);
    expect(calls.every(({ options }) => options.language === 'klingon')).toBe(true);
  });

  it('refuse fields that are wrong together', async () => {
    await tests.serve();
    for (const [param, ...fields] of [
      ['stream', ['stream', 'true'], ['response_format', 'verbose_json']],
      ['languages', ['language', 'en'], ['languages[]', 'de']],
      ['languages', ['languages[]', 'en'], ['languages[]', 'de']],
    ] as const) {
      const response = await ask(fields);
      expect([response.status, (await errorOf(response)).param]).toEqual([400, param]);
    }
  });

  it('refuse what is no tests.audio, without a word of where it lay', async () => {
    await tests.serve();
    for (const fields of [[], [['stream', 'true']]] satisfies Fields[]) {
      const response = await postForm(tests.server.url, path, [
        ['model', 'transcription'],
        ['file', Uint8Array.of(1, 2, 3)],
        ...fields,
      ]);
      const error = await errorOf(response);
      expect([response.status, error.param, error.code]).toEqual([400, 'file', 'invalid_format']);
      expect(error.message).toMatch(/^The file: /);
    }
    expect(tests.server.log.join()).not.toContain('"level":50');
  });

  it('need a model that transcribes', async () => {
    await tests.serve();
    const missing = await postForm(tests.server.url, path, [['file', tests.audio]]);
    expect([missing.status, (await errorOf(missing)).param]).toEqual([400, 'model']);
    const unknown = await postForm(tests.server.url, path, [
      ['model', 'none'],
      ['file', tests.audio],
    ]);
    expect([unknown.status, (await errorOf(unknown)).code]).toEqual([404, 'model_not_found']);
  });

  it('are not made from JSON, nor from nothing', async () => {
    await tests.serve();
    const json = await post(tests.server.url, path, { model: 'transcription', file: '/etc/passwd' });
    expect([json.status, (await errorOf(json)).code]).toEqual([415, 'unsupported_media_type']);
    const nothing = await fetch(`${tests.server.url}${path}`, { method: 'POST' });
    expect(nothing.status).toBe(415);
  });

  it('end when their client leaves', async () => {
    let reached = () => {};
    const isReached = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const fake = await tests.serve({
      beforeSegment: async (index, signal) => {
        if (index === 0) return;
        reached();
        await new Promise((resolve) => signal?.addEventListener('abort', resolve));
      },
    });
    const client = await postFormAlone(tests.server.url, path, [
      ['model', 'transcription'],
      ['file', tests.audio],
    ]);
    await isReached;
    expect(fake.active).toBe(1);
    client.leave();
    await vi.waitFor(() => expect(fake.active).toBe(0));
  });

  it('end when they take longer than is allowed', async () => {
    const untilAborted = (_: number, signal?: AbortSignal) =>
      new Promise((resolve) => signal?.addEventListener('abort', resolve));
    await tests.serve({ beforeSegment: untilAborted }, { timeouts: { generationSeconds: 0.3 } });
    const response = await ask([]);
    expect([response.status, (await errorOf(response)).code]).toEqual([504, 'timeout']);
  });
});

describe('translations', () => {
  const to = '/v1/audio/translations';

  it('are into English, in every format', async () => {
    const { calls } = await tests.serve();
    const json = await (
      await ask(
        [
          ['prompt', 'p'],
          ['temperature', '1'],
        ],
        to,
      )
    ).json();
    expect(json).toEqual({ text });
    expect(calls[0]?.options).toMatchObject({ task: 'translate', initialPrompt: 'p', temperature: 1 });
    const verbose = await (await ask([['response_format', 'verbose_json']], to)).json();
    expect(verbose).toMatchObject({ task: 'translate', language: 'english', segments: expect.any(Array) });
    expect(verbose).toMatchObject({ spoken_language: 'french', language_probability: 0.75 });
    expectValid('CreateTranslationResponseVerboseJson', verbose);
    expect(await (await ask([['response_format', 'text']], to)).text()).toBe(`${text}\n`);
    expect(await (await ask([['response_format', 'vtt']], to)).text()).toMatch(/^WEBVTT/);
  });

  it('need a model that translates', async () => {
    const error = new FerrumError('InvalidParameter', 'English only.', { details: { parameter: 'task' } });
    await tests.serve({ texts: [error] });
    const response = await ask([], to);
    expect([response.status, (await errorOf(response)).param]).toEqual([400, 'model']);
  });

  it('take the language that is spoken, an extension', async () => {
    const { calls } = await tests.serve();
    const response = await ask(
      [
        ['language', 'de'],
        ['response_format', 'verbose_json'],
      ],
      to,
    );
    expect(await response.json()).toMatchObject({ language: 'english', spoken_language: 'german' });
    expect(calls[0]?.options).toMatchObject({ task: 'translate', language: 'de' });
    const wrong = await ask([['language', 'klingon']], to);
    expect([wrong.status, (await errorOf(wrong)).param]).toEqual([400, 'language']);
  });
});
