import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import type { Trial } from './trial-messages.js';

const folder = mkdtempSync(path.join(tmpdir(), 'ferrum-known-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** As another process sees it. */
async function anew() {
  vi.resetModules();
  return import('./known-files.js');
}

it('a file that passed is known as long as it stays as it is, in later processes too', async () => {
  const file = path.join(folder, 'a-00001-of-00002.gguf');
  const second = path.join(folder, 'a-00002-of-00002.gguf');
  for (const part of [file, second]) writeFileSync(part, 'weights');
  const cache = path.join(folder, 'cache');
  const trial: Trial = { label: 'a', file, use: 'embedding', options: { gpu: 'auto' } };
  const isKnown = async (asked: Trial = trial, directory: string | undefined = cache) => {
    const known = await anew();
    return known.isKnown(await known.identify(asked, directory));
  };

  expect(await isKnown()).toBe(false);
  const { identify, remember, isKnown: isKnownHere } = await anew();
  await remember(await identify(trial, cache));
  expect(await isKnownHere(await identify(trial, undefined))).toBe(true);
  expect(await isKnown()).toBe(true);
  expect(await isKnown({ ...trial, use: 'text-generation' })).toBe(false);
  expect(await isKnown({ ...trial, options: { gpu: false } })).toBe(false);
  expect(await isKnown(trial, path.join(folder, 'elsewhere'))).toBe(false);

  utimesSync(second, 1, 1);
  expect(await isKnown()).toBe(false);
  await remember(await identify(trial, cache));
  expect(await isKnown()).toBe(true);
  expect(readdirSync(path.join(cache, 'llama-cpp', 'opened')).length).toBe(1);
});

it('where nothing can be written, it is known in this process', async () => {
  const file = path.join(folder, 'b.gguf');
  writeFileSync(file, 'weights');
  const { identify, remember, isKnown } = await anew();
  const tried = await identify({ label: 'b', file, use: 'embedding', options: { gpu: 'auto' } }, path.join(file, 'no'));
  await remember(tried);
  expect(await isKnown(tried)).toBe(true);
});
