import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openEspeakModule } from './open-espeak-module.js';

const open = (path: string) =>
  openEspeakModule(
    () => {},
    () => path,
  );

it('refuses a package that is another than is meant, or missing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ferrum-espeak-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'espeak-ng.js');
  await expect(open(path)).rejects.toMatchObject({
    code: 'Backend',
    message: expect.stringContaining('cannot be read'),
  });
  writeFileSync(path, 'export default async () => ({});');
  writeFileSync(join(folder, 'espeak-ng.data'), '');
  await expect(open(path)).rejects.toMatchObject({ code: 'Backend', message: expect.stringContaining('0.3.5') });
});

it('tells of each clause', async () => {
  const terminators: number[] = [];
  const module = await openEspeakModule((_, terminator) => terminators.push(terminator & 0x7fff));
  const espeak = new module.eSpeakNGWorker();
  expect(espeak.set_voice('gmw/en')).toBe(0);
  expect(espeak.set_voice('no/such')).not.toBe(0);
  module._free(espeak.text_to_phonemes('Yes, I do. Do you?', 1).ptr);
  // The pause in units of 10 ms, and the intonation.
  expect(terminators).toEqual([20 | 0x1000, 40, 40 | 0x2000]);
});
