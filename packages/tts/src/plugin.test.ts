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

function descriptor(): EngineDescriptor {
  const found: EngineDescriptor[] = [];
  plugin.register({ register: (one: EngineDescriptor) => void found.push(one), provideModels: () => {} } as never);
  const [one] = found;
  if (!one) throw new Error('nothing was registered');
  return one;
}

const match = (manifest: Partial<ModelManifest>) =>
  descriptor().match({ reference: 'somewhere', ...manifest } as ModelManifest);

it('opens Piper and Kokoro models, and says why it does not open others', async () => {
  for (const architecture of ['piper', 'kokoro']) {
    expect(await match({ architecture, format: 'onnx', capabilities: ['speech'] })).toMatchObject({ score: 50 });
  }
  expect((await match({})).score).toBeGreaterThan(0);
  for (const [manifest, reason] of [
    [{ architecture: 'bert' }, 'bert'],
    [{ format: 'gguf' }, 'gguf'],
    [{ capabilities: ['transcription'] }, 'transcription'],
  ] as const) {
    expect(await match(manifest)).toMatchObject({ score: 0, reason: expect.stringContaining(reason) });
  }
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
