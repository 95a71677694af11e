import { type AudioFormat, audioFormats, loadWaveform } from '@ferrum/audio';
import { toFile } from 'openai';
import { beforeAll, describe, expect, it } from 'vitest';
import { toneFile } from '../audio/testing/sounds.js';
import { fakeSpeaker } from '../testing/fake-speaker.js';
import { fakeTranscriber } from '../testing/fake-transcriber.js';
import { until } from '../testing/until.js';
import { collect, connect } from './testing/client.js';

const model = 'transcription';
const text = 'Hello there. How <are> you?';
let wav: Uint8Array<ArrayBuffer>;
beforeAll(async () => {
  wav = await toneFile('wav', 1.5);
});

async function listen() {
  const fake = fakeTranscriber();
  const { client } = await connect({ transcription: fake.engine });
  return { fake, audio: client.audio, file: await toFile(wav, 'speech.wav') };
}

describe('audio.transcriptions.create', () => {
  it('gives the text', async () => {
    const { audio, file } = await listen();
    expect(await audio.transcriptions.create({ model, file })).toEqual({
      text,
      usage: { type: 'duration', seconds: 1.5 },
    });
  });

  it.each(['text', 'srt', 'vtt'] as const)('gives %s', async (response_format) => {
    const { audio, file } = await listen();
    const given = await audio.transcriptions.create({ model, file, response_format });
    expect(given).toBeTypeOf('string');
    expect(given).toContain('Hello there.');
  });

  it('gives words and segments of verbose_json', async () => {
    const { audio, file, fake } = await listen();
    const transcription = await audio.transcriptions.create({
      model,
      file,
      response_format: 'verbose_json',
      timestamp_granularities: ['word', 'segment'],
      language: 'en',
      prompt: 'Greetings.',
      temperature: 0.2,
    });
    expect(transcription).toMatchObject({ duration: 1.5, language: 'english', text });
    expect(transcription.words?.[0]).toEqual({ word: 'Hello there.', start: 0, end: 1, probability: 0.5 });
    expect(transcription.segments).toHaveLength(2);
    expect(fake.calls[0]?.options).toMatchObject({ language: 'en', initialPrompt: 'Greetings.', wordTimestamps: true });
  });

  it('streams, a segment at a time', async () => {
    const { audio, file } = await listen();
    const events = await collect(await audio.transcriptions.create({ model, file, stream: true }));
    expect(events).toEqual([
      { type: 'transcript.text.delta', delta: 'Hello there.' },
      { type: 'transcript.text.delta', delta: ' How <are> you?' },
      { type: 'transcript.text.done', text },
    ]);
  });

  it('keeps transcriptions under way together apart', async () => {
    const { audio, fake } = await listen();
    const lengths = [1, 2, 3, 4];
    const files = await Promise.all(lengths.map(async (length) => toFile(await toneFile('wav', length), 'a.wav')));
    const all = await Promise.all(
      files.map((file) => audio.transcriptions.create({ model, file, response_format: 'verbose_json' })),
    );
    expect(all.map(({ duration }) => duration)).toEqual(lengths);
    expect(fake.calls).toHaveLength(4);
  });
});

describe('audio.translations.create', () => {
  it('gives the text in English', async () => {
    const { audio, file, fake } = await listen();
    expect(await audio.translations.create({ model, file })).toMatchObject({ text });
    const verbose = await audio.translations.create({ model, file, response_format: 'verbose_json' });
    expect(verbose).toMatchObject({ language: 'english', duration: 1.5 });
    expect(await audio.translations.create({ model, file, response_format: 'vtt' })).toMatch(/^WEBVTT/);
    expect(fake.calls[0]?.options).toMatchObject({ task: 'translate' });
  });
});

describe('audio.speech.create', () => {
  async function speak(options: Parameters<typeof fakeSpeaker>[0] = {}) {
    const fake = fakeSpeaker(options);
    const session = await connect({ speech: fake.engine });
    return { ...session, fake, speech: session.client.audio.speech };
  }
  const input = 'One sentence here. Another one there.';

  it.each(audioFormats.filter((format) => format !== 'pcm'))('gives %s', async (response_format: AudioFormat) => {
    const { speech } = await speak();
    const response = await speech.create({ model: 'speech', input, voice: 'joe', response_format });
    const { duration } = await loadWaveform(new Uint8Array(await response.arrayBuffer()));
    // A hundredth of a second for each letter; encoders of frames add some silence.
    expect(duration).toBeCloseTo(input.length / 100, 0);
  });

  it('gives mp3 by default, and it streams', async () => {
    const { speech } = await speak();
    const response = await speech.create({ model: 'speech', input, voice: { id: 'ann' } });
    expect(response.headers.get('content-type')).toBe('audio/mpeg');
    const pieces = await collect(response.body as ReadableStream<Uint8Array>);
    expect((await loadWaveform(new Uint8Array(Buffer.concat(pieces)))).duration).toBeCloseTo(input.length / 100, 0);
  });

  it('ends when the client leaves', async () => {
    const { speech, fake } = await speak({
      clauses: () => Array.from({ length: 10_000 }, () => 'and so on '),
      beforeClause: () => new Promise(setImmediate),
    });
    const response = await speech.create({ model: 'speech', input, voice: 'joe', response_format: 'pcm' });
    await response.body?.cancel();
    await until(() => fake.active === 0);
  });

  it('comes as events too', async () => {
    const { speech } = await speak();
    const response = await speech.create({
      ...{ model: 'speech', input, voice: 'joe', response_format: 'pcm' as const, stream_format: 'sse' as const },
    });
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const events = (await response.text())
      .split('\n\n')
      .filter(Boolean)
      .map((block) => JSON.parse(block.slice('data: '.length)));
    expect(events.at(-1)).toMatchObject({ type: 'speech.audio.done', usage: { total_tokens: 0 } });
    const bytes = Buffer.concat(events.slice(0, -1).map(({ audio }) => Buffer.from(audio, 'base64')));
    // 24,000 samples a second of two bytes.
    expect(bytes.length / 48_000).toBeCloseTo(input.length / 100, 1);
  });
});
