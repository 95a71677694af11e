import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { CapabilityMap, SpeechChunk } from '@ferrum/interfaces';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RemoteCapability } from '../config/remote-config.js';
import { collect } from '../testing/collect.js';
import { openRemote } from '../testing/open-remote.js';
import { realModelsMissing, realServer } from '../testing/real-server.js';
import type { RunningServer } from '../testing/serve.js';

const recording = fileURLToPath(new URL('../../../../../shared/audio/beckett.wav', import.meta.url));
const hasRecording = existsSync(recording);
if (!hasRecording) console.warn('skipped: transcription over a Ferrum; it needs ../shared/audio/beckett.wav');

/** What a server of Ferrum's sends is what its engine says where it runs, with real models. */
describe.skipIf(realModelsMissing)('over a Ferrum with real models', { timeout: 180_000 }, () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await realServer();
  });
  afterAll(() => server?.close());

  async function open<C extends RemoteCapability>(capability: C, model: string) {
    const local: CapabilityMap[C] = await server.host.resolve(capability, { model });
    const remote = await openRemote(server.url, capability, model);
    return { local, remote, [Symbol.asyncDispose]: () => remote[Symbol.asyncDispose]() };
  }

  it('writes the same text, whole and in pieces', async () => {
    await using engines = await open('text-generation', 'smollm2:135m');
    const { local, remote } = engines;
    for (const input of [
      { messages: [{ role: 'user', content: 'Name three colours.' }] },
      { prompt: 'The capital of France is', raw: true },
      { prompt: [504, 3575, 282, 4649, 314] },
    ] as const) {
      const request = { ...input, sampling: { temperature: 0, maxTokens: 12 } };
      const expected = await local.infer(request);
      const whole = await remote.infer(request);
      expect(whole).toMatchObject({ text: expected.text, finishReason: expected.finishReason });
      const { promptTokens, completionTokens } = expected.usage;
      expect(whole.usage).toMatchObject({ promptTokens, completionTokens });
      let streamed = '';
      for await (const { text } of remote.inferStream(request)) streamed += text;
      expect(streamed).toBe(expected.text);
    }
  });

  it('gives the same embeddings', async () => {
    await using engines = await open('embedding', 'minilm:l6');
    const { local, remote } = engines;
    const texts = ['The harbour is quiet at night.', 'Bread is baked in an oven.', 'long '.repeat(600)];
    const expected = await local.embedTexts(texts);
    const found = await remote.embedTexts(texts);
    expect({ ...found, embeddings: undefined }).toEqual({ ...expected, embeddings: undefined });
    for (const [index, vector] of found.embeddings.entries()) {
      const likeness = vector.reduce((sum, value, at) => sum + value * (expected.embeddings[index]?.[at] ?? 0), 0);
      expect(likeness).toBeCloseTo(1, 5);
    }
  });

  it.skipIf(!hasRecording)('hears the same, and tells as much of it', async () => {
    await using engines = await open('transcription', 'whisper:tiny.en');
    const { local, remote } = engines;
    const options = { wordTimestamps: true, temperature: 0.2 };
    const expected = await local.transcribe(recording, options);
    const found = await remote.transcribe(recording, options);
    expect(found).toEqual(expected);
    expect(found.words?.length).toBeGreaterThan(10);
    await expect(remote.transcribe(recording, { task: 'translate' })).rejects.toMatchObject({ code: 'Unsupported' });
  });

  it('says the same, at the rate of the API', async () => {
    await using engines = await open('speech', 'piper:en_US-joe-medium');
    const { local, remote } = engines;
    const text = 'The ferry leaves at seven.';
    const seconds = async (chunks: AsyncIterable<SpeechChunk>) =>
      (await collect(chunks)).reduce((sum, { samples, sampleRate }) => sum + samples.length / sampleRate, 0);
    const expected = await seconds(local.synthesizeStream(text, { seed: 7 }));
    expect(await seconds(remote.synthesizeStream(text, { seed: 7 }))).toBeCloseTo(expected, 2);
    expect(await remote.voices()).toHaveLength((await local.voices()).length);
  });
});
