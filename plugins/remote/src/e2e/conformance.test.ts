import {
  describeEmbedding,
  describeReranking,
  describeSpeech,
  describeTextGeneration,
  describeTranscription,
} from '@ferrum/conformance/vitest';
import { afterAll, beforeAll, describe } from 'vitest';
import { defaultModel } from '../config/check-config.js';
import type { RemoteCapability, RemoteModelConfig } from '../config/remote-config.js';
import { featuresOf } from '../features.js';
import { mockServer } from '../testing/mock-server.js';
import { openRemote } from '../testing/open-remote.js';
import type { RunningServer } from '../testing/serve.js';

/** The contract of every modality, kept over a server of Ferrum's. Models that answer at once leave only what lies between. */
describe('over a Ferrum', () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await mockServer();
  });
  afterAll(() => server?.close());

  const open =
    <C extends RemoteCapability>(capability: C, options: Omit<RemoteModelConfig, 'capability'> = {}) =>
    () =>
      openRemote(server.url, capability, capability, options);
  const features = (capability: RemoteCapability) => featuresOf(defaultModel(capability), 'ferrum');

  describeTextGeneration(open('text-generation', { contextLength: 1000 }), {
    features: features('text-generation'),
    contextLength: 1000,
  });
  describeEmbedding(open('embedding', { prompts: { query: 'query: ' } }), {
    features: [...features('embedding'), 'prompts'],
    understandsEnglish: false,
  });
  describeReranking(open('reranking'), { features: features('reranking') });
  describeTranscription(open('transcription'), { features: features('transcription') });
  describeSpeech(open('speech'), { features: features('speech') });
});
