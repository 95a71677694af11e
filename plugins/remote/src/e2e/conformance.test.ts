import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  describeEmbedding,
  describeReranking,
  describeSpeech,
  describeTextGeneration,
  describeTranscription,
} from '@ferrum/conformance/vitest';
import { afterAll, beforeAll, describe } from 'vitest';
import { checkConfig } from '../config/check-config.js';
import type { RemoteCapability, RemoteModelConfig } from '../config/remote-config.js';
import { featuresOf } from '../features.js';
import { openRemote, realModelsMissing, realServer } from '../testing/real-server.js';

const recording = fileURLToPath(new URL('../../../../../shared/audio/beckett.wav', import.meta.url));
const said = 'Ever tried, ever failed. No matter. Try again. Fail again. Fail better.';

/** The contract of every modality, kept over a server of Ferrum's with real models behind it. */
describe.skipIf(realModelsMissing)('over a Ferrum', () => {
  let server: Awaited<ReturnType<typeof realServer>>;
  beforeAll(async () => {
    server = await realServer();
  });
  afterAll(() => server?.close());

  const open =
    <C extends RemoteCapability>(capability: C, model: string, options: Omit<RemoteModelConfig, 'capability'> = {}) =>
    () =>
      openRemote(server.url, capability, model, options);
  const prompts = { query: 'query: ' };
  const features = (capability: RemoteCapability) =>
    featuresOf(
      capability,
      checkConfig({
        servers: [{ url: 'http://x' }],
        api: 'ferrum',
        models: { e: { capability: 'embedding', prompts } },
      }),
    );

  describeTextGeneration(open('text-generation', 'smollm2:135m'), { features: features('text-generation') });
  describeEmbedding(open('embedding', 'minilm:l6', { prompts }), {
    features: features('embedding').filter((name) => name !== 'image'),
  });
  describeReranking(open('reranking', 'word-reranker'), { features: features('reranking') });
  // English only: it cannot translate, and says so.
  describeTranscription(open('transcription', 'whisper:tiny.en'), {
    features: features('transcription').filter((feature) => feature !== 'translation'),
    ...(existsSync(recording) && { audio: { path: recording, text: said, language: 'en' } }),
  });
  describeSpeech(open('speech', 'piper:en_US-joe-medium'), { features: features('speech') });
});
