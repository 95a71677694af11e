import type { EngineDescriptor, ModelManifest } from '@ferrum/interfaces';
import { createModelStore } from '@ferrum/models';
import { createHost } from '@ferrum/registry';
import { expect, it } from 'vitest';
import { plugin as built } from '../dist/index.js';
import { plugin } from './plugin.js';
import { spoken } from './testing/spoken.js';
import { copyStandIn } from './testing/stand-in-voices.js';
import { temporaryFolder } from './testing/temporary-folder.js';

const folder = temporaryFolder();

function descriptors(): readonly EngineDescriptor[] {
  const found: EngineDescriptor[] = [];
  plugin.register({ register: (one: EngineDescriptor) => void found.push(one), provideModels: () => {} } as never);
  return found;
}

const matches = (manifest: Partial<ModelManifest>) =>
  Promise.all(descriptors().map((one) => one.match({ reference: 'somewhere', ...manifest } as ModelManifest)));

it('opens Piper and Kokoro models, and says why it does not open others', async () => {
  for (const [architecture, expected] of [
    ['piper', [50, 0]],
    ['kokoro', [0, 50]],
  ] as const) {
    const found = await matches({ architecture, format: 'onnx', capabilities: ['speech'] });
    expect(found.map(({ score }) => score)).toEqual(expected);
  }
  expect((await matches({})).every(({ score }) => score > 0)).toBe(true);
  for (const [manifest, reason] of [
    [{ architecture: 'bert' }, 'bert'],
    [{ format: 'gguf' }, 'gguf'],
    [{ capabilities: ['transcription'] }, 'transcription'],
  ] as const) {
    for (const found of await matches(manifest)) {
      expect(found).toMatchObject({ score: 0, reason: expect.stringContaining(reason) });
    }
  }
});

it('mixes the voices of Kokoro, and of no other', () => {
  const mixing = descriptors().filter(({ features }) => features.includes('voice-blending'));
  expect(mixing.map(({ id }) => id)).toEqual(['@ferrum/tts/kokoro']);
});

it('is found by what it can do', async () => {
  await using host = createHost({ plugins: [plugin] });
  const wish = { model: copyStandIn('piper', folder), features: ['streaming', 'singing'] };
  await expect(host.resolve('speech', wish)).rejects.toMatchObject({ message: expect.stringContaining('singing') });
});

it('without a phonemizer: phonemes between brackets are spoken, and for a text it says what to install', async () => {
  const models = createModelStore({ home: folder });
  await using host = createHost({ plugins: [built], models });
  const engine = await host.resolve('speech', { model: copyStandIn('piper', folder), options: { threads: 1 } });
  expect((await spoken(engine.synthesizeStream('[[hello]]'))).samples.length).toBeGreaterThan(0);
  await expect(spoken(engine.synthesizeStream('Hello.'))).rejects.toMatchObject({
    code: 'Unsupported',
    message: expect.stringContaining('npm install @ferrum/plugin-espeak'),
    details: { install: 'npm install @ferrum/plugin-espeak' },
  });
});

it('asks the host for a phonemizer of the name that was given', async () => {
  const models = createModelStore({ home: folder });
  await using host = createHost({ plugins: [built], models });
  const options = { threads: 1, phonemizer: 'other-phonemizer' };
  const engine = await host.resolve('speech', { model: copyStandIn('piper', folder), options });
  await expect(spoken(engine.synthesizeStream('Hello.'))).rejects.toMatchObject({
    code: 'Unsupported',
    details: { model: 'other-phonemizer' },
  });
});
