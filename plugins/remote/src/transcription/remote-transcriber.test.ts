import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { collect } from '../testing/collect.js';
import { fakeServer, json } from '../testing/fake-server.js';
import { openEngine } from '../testing/open-engine.js';

const segment = (id: number, start: number, end: number, text: string) => ({
  ...{ id, seek: 0, start, end, text, tokens: [1, 2], temperature: 0 },
  ...{ avg_logprob: -0.5, compression_ratio: 1.2, no_speech_prob: 0.01 },
});
const transcript = {
  language: 'german',
  duration: 4,
  text: 'Eins. Zwei drei.',
  segments: [segment(0, 0, 2, ' Eins.'), segment(1, 2, 4, ' Zwei drei.')],
};
/** What a Ferrum tells beyond OpenAI's. */
const detected = { language_probability: 0.75, language_probabilities: { de: 0.75, nl: 0.25 } };
const words = [
  { word: 'Eins', start: 0.2, end: 1 },
  { word: 'Zwei', start: 2.1, end: 2.5 },
  { word: 'drei', start: 2.6, end: 3, probability: 0.25 },
];

it('sends a file from disk with its fields, and reads every field of the answer', async () => {
  await using server = await fakeServer([json(transcript)]);
  await using opened = await openEngine('transcription', [server.url]);
  const file = path.join(tmpdir(), `speech-${process.pid}.ogg`);
  await writeFile(file, 'OggS and so on');
  const result = await opened.engine.transcribe(file, { initialPrompt: 'Zahlen', temperature: 0.2 });
  expect(result).toEqual({
    ...{ language: 'de', duration: 4, text: 'Eins. Zwei drei.', task: 'transcribe' },
    segments: transcript.segments.map(({ avg_logprob, compression_ratio, no_speech_prob, ...same }) => ({
      ...same,
      ...{ avgLogprob: avg_logprob, compressionRatio: compression_ratio, noSpeechProb: no_speech_prob },
    })),
  });
  const [request] = server.requests;
  expect(request?.path).toBe('/v1/audio/transcriptions');
  for (const part of [
    `filename="speech-${process.pid}.ogg"`,
    'OggS and so on',
    'name="prompt"\r\n\r\nZahlen',
    'verbose_json',
    'name="temperature"\r\n\r\n0.2',
  ]) {
    expect(request?.text).toContain(part);
  }
});

it('tells how probable each language is where the server does', async () => {
  await using server = await fakeServer([json({ ...transcript, ...detected })]);
  await using opened = await openEngine('transcription', [server.url]);
  const told: unknown[] = [];
  const result = await opened.engine.transcribe(Buffer.from('x'), { onStart: (start) => told.push(start) });
  const expected = { languageProbability: 0.75, languageProbabilities: { de: 0.75, nl: 0.25 } };
  expect(result).toMatchObject(expected);
  expect(told).toEqual([{ language: 'de', duration: 4, ...expected }]);
});

it('puts words into their segments, with a probability where the server tells one', async () => {
  await using server = await fakeServer([json({ ...transcript, words })]);
  await using opened = await openEngine('transcription', [server.url]);
  const { segments, words: all } = await opened.engine.transcribe(Buffer.from('x'), {
    language: 'de',
    wordTimestamps: true,
  });
  expect(segments.map((one) => one.words?.map(({ word }) => word))).toEqual([[' Eins.'], [' Zwei', ' drei.']]);
  expect(all?.map((word) => ('probability' in word ? word.probability : 'absent'))).toEqual(['absent', 'absent', 0.25]);
  expect(server.requests[0]?.text).toContain('name="timestamp_granularities[]"\r\n\r\nword');
});

it('sends samples as a WAV file of floats', async () => {
  await using server = await fakeServer([json({ ...transcript, segments: [] })]);
  await using opened = await openEngine('transcription', [server.url]);
  await opened.engine.transcribe({ samples: Float32Array.of(0, 0.5), sampleRate: 16_000 });
  expect(server.requests[0]?.text).toMatch(/filename="audio\.wav".*RIFF.*WAVEfmt /s);
});

it('yields segments, all final, and translates at another endpoint', async () => {
  // Of a translation, OpenAI says the language that it is written in.
  const translation = { ...transcript, language: 'english', spoken_language: 'german', language_probability: 0.75 };
  await using server = await fakeServer([json(translation)]);
  await using opened = await openEngine('transcription', [server.url]);
  const told: unknown[] = [];
  const stream = opened.engine.transcribeStream(Buffer.from('x'), {
    task: 'translate',
    onStart: (start) => told.push(start),
  });
  expect((await collect(stream)).map(({ id, final }) => [id, final])).toEqual([
    [0, true],
    [1, true],
  ]);
  expect(told).toEqual([{ language: 'de', languageProbability: 0.75, duration: 4 }]);
  expect(server.requests[0]?.path).toBe('/v1/audio/translations');
});

it.each([
  [{ beamSize: 3 }, 'beamSize'],
  [{ clipTimestamps: [] }, 'clipTimestamps'],
  [{ temperature: [0, 0.2] }, 'temperature'],
  [{ initialPrompt: [1] }, 'initialPrompt'],
  [{ batchSize: 2 }, 'batchSize'],
  [{ vadFilter: true }, 'vadFilter'],
  [{ hotwords: 'x' }, 'hotwords'],
  [{ multilingual: true }, 'multilingual'],
  [{ task: 'translate', wordTimestamps: true }, 'wordTimestamps'],
] as const)('refuses %j, which OpenAI has no field for', async (options, parameter) => {
  await using server = await fakeServer([json(transcript)]);
  await using opened = await openEngine('transcription', [server.url]);
  await expect(opened.engine.transcribe(Buffer.from('x'), options)).rejects.toMatchObject({
    code: 'Unsupported',
    details: { parameter },
  });
  expect(server.requests).toEqual([]);
});

it.each([
  [{ vadFilter: true }, ['chunking_strategy', 'auto']],
  [
    { vadFilter: true, vadParameters: { threshold: 0.25 } },
    ['chunking_strategy', '{"type":"server_vad","threshold":0.25,"prefix_padding_ms":400,"silence_duration_ms":2000}'],
  ],
  [{ hotwords: 'Beckett' }, ['keywords[]', 'Beckett']],
  [{ multilingual: true }, ['multilingual', 'true']],
  [{ task: 'translate', language: 'de' }, ['language', 'de']],
] as const)('sends %j to a Ferrum', async (options, [field, value]) => {
  await using server = await fakeServer([json(transcript)]);
  await using opened = await openEngine('transcription', [server.url], { api: 'ferrum' });
  await opened.engine.transcribe(Buffer.from('x'), options);
  expect(server.requests[0]?.text).toContain(`name="${field}"\r\n\r\n${value}`);
});

it('refuses live audio, and what is no audio', async () => {
  await using server = await fakeServer([json(transcript)]);
  await using opened = await openEngine('transcription', [server.url]);
  async function* live() {
    yield { samples: new Float32Array(10), sampleRate: 16_000 };
  }
  await expect(collect(opened.engine.transcribeStream(live()))).rejects.toMatchObject({ code: 'Unsupported' });
  await expect(opened.engine.transcribe('no-such.wav')).rejects.toMatchObject({ code: 'NotFound' });
  await expect(opened.engine.transcribe(new Uint8Array(0))).rejects.toMatchObject({ code: 'InvalidFormat' });
  const samples = Float32Array.of(Number.NaN);
  await expect(opened.engine.transcribe({ samples, sampleRate: 8000 })).rejects.toMatchObject({
    code: 'InvalidFormat',
  });
  expect(server.requests).toEqual([]);
});

it.each([
  ['no segments', { ...transcript, segments: undefined }],
  ['a duration that is none', { ...transcript, duration: 'long' }, /`duration` must be a number/],
  ['a duration of no text', { ...transcript, duration: '' }, /`duration` must be a number/],
  ['a duration below zero', { ...transcript, duration: '-1' }, /`duration` must be at least 0/],
  [
    'a segment that ends before it starts',
    { ...transcript, segments: [segment(0, 2, 1, 'x')] },
    /`segments\.0` ends before it starts/,
  ],
  ['a word that does', { ...transcript, words: [{ ...words[2], end: 0 }] }, /`words\.0` ends before it starts/],
  [
    'a segment of no probability to be silent',
    { ...transcript, segments: [{ ...transcript.segments[0], no_speech_prob: 7 }] },
    /`segments\.0\.no_speech_prob` must be at most 1/,
  ],
  [
    'a segment without its log-probability',
    { ...transcript, segments: [{ ...transcript.segments[0], avg_logprob: null }] },
  ],
  ['a probability that is none', { ...transcript, language_probability: 7 }],
  ['a word of no probability', { ...transcript, words: [{ ...words[2], probability: -1 }] }],
] as const)('refuses an answer with %s', async (_, answer, message = /./) => {
  await using server = await fakeServer([json(answer)]);
  await using opened = await openEngine('transcription', [server.url]);
  await expect(opened.engine.transcribe(Buffer.from('x'))).rejects.toMatchObject({
    code: 'Backend',
    message: expect.stringMatching(message),
  });
});

it('takes a duration that is a number in a text', async () => {
  await using server = await fakeServer([json({ ...transcript, duration: '4.5' })]);
  await using opened = await openEngine('transcription', [server.url]);
  expect(await opened.engine.transcribe(Buffer.from('x'))).toMatchObject({ duration: 4.5 });
});

it.each([
  ['word-timestamps', { wordTimestamps: true }],
  ['translation', { task: 'translate' }],
  ['voice-activity-detection', { vadFilter: true }],
  ['language-detection', { multilingual: true }],
  ['streaming', {}],
] as const)('refuses %s before anything is sent where the configuration leaves it out', async (feature, options) => {
  await using server = await fakeServer([json(transcript)]);
  await using opened = await openEngine('transcription', [server.url], { api: 'ferrum' }, { features: [] });
  const refused = { code: 'Unsupported', details: { feature } };
  if (feature !== 'streaming') {
    await expect(opened.engine.transcribe(Buffer.from('x'), options)).rejects.toMatchObject(refused);
  } else {
    await expect(collect(opened.engine.transcribeStream(Buffer.from('x')))).rejects.toMatchObject(refused);
  }
  expect(server.requests).toEqual([]);
});
