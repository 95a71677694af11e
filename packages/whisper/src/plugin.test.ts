import type { EngineDescriptor, ModelManifest } from '@ferrum/interfaces';
import { createHost } from '@ferrum/registry';
import { expect, it } from 'vitest';
import { plugin } from './plugin.js';
import { temporaryFolder } from './testing/temporary-folder.js';
import { copyTinyModel } from './testing/tiny-models.js';

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

it('opens Whisper models, and says why it does not open others', async () => {
  expect(
    await match({ architecture: 'whisper', format: 'ctranslate2', capabilities: ['transcription'] }),
  ).toMatchObject({
    score: 50,
  });
  expect((await match({})).score).toBeGreaterThan(0);
  for (const [manifest, reason] of [
    [{ architecture: 'bert' }, 'bert'],
    [{ format: 'gguf' }, 'gguf'],
    [{ format: 'onnx' }, 'onnx'],
    [{ capabilities: ['embedding'] }, 'embedding'],
  ] as const) {
    expect(await match(manifest)).toMatchObject({ score: 0, reason: expect.stringContaining(reason) });
  }
});

it('is found by what it can do', async () => {
  await using host = createHost({ plugins: [plugin] });
  const wish = { model: copyTinyModel('ctranslate2', folder), features: ['word-timestamps', 'lip-reading'] };
  await expect(host.resolve('transcription', wish)).rejects.toMatchObject({
    message: expect.stringContaining('lip-reading'),
  });
});
