import { readFileSync } from 'node:fs';
import type { LocalModel } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { createModelStore } from './model-store.js';

const home = temporaryFolder();
const outOfReach: ReadonlySet<string> = new Set(['Network', 'Unsupported', 'Timeout']);

// Small packages whose files have not changed for years.
it.for([
  ['npm:left-pad@1.3.0/index.js', 'index.js', 'module.exports = leftPad;'],
  ['pypi:six@1.16.0/six.py', 'six.py', '__version__ = "1.16.0"'],
] as const)('pulls %s with the real tool', async ([reference, name, expected], { skip }) => {
  const store = createModelStore({ home, offline: false });
  const model = await store.pull(reference).catch((error: unknown): LocalModel => {
    if (FerrumError.isInstance(error) && outOfReach.has(error.code)) skip('the registry is out of reach');
    throw error;
  });
  expect(readFileSync(model.files[name] ?? '', 'utf8')).toContain(expected);
});

it('pulls a voice by its name', { timeout: 120_000 }, async ({ skip }) => {
  const store = createModelStore({ home, offline: false });
  const model = await store.pull('piper:en_us-joe-medium').catch((error: unknown): LocalModel => {
    if (FerrumError.isInstance(error) && outOfReach.has(error.code)) skip('the registry is out of reach');
    throw error;
  });
  expect(model.manifest).toMatchObject({
    ...{ name: 'piper:en_US-joe-medium', architecture: 'piper', capabilities: ['speech'] },
  });
  const settings = model.files['en_US-joe-medium.onnx.json'] ?? '';
  expect(JSON.parse(readFileSync(settings, 'utf8'))).toHaveProperty('phoneme_id_map');
  // The folder says of itself what the catalogue does.
  const { architecture, license, sizeBytes } = await store.inspect(model.directory);
  expect([architecture, license]).toEqual(['piper', 'CC0-1.0']);
  expect(sizeBytes).toBeGreaterThanOrEqual(model.manifest.sizeBytes ?? 0);
});
