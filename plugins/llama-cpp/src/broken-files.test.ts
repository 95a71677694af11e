import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openEmbedEngine } from './embedding/open-embed-engine.js';
import { contextOf, tinyModels } from './testing/context-of.js';
import { openTextEngine } from './text/open-text-engine.js';

const folder = mkdtempSync(path.join(tmpdir(), 'ferrum-llama-'));
afterAll(() => rmSync(folder, { recursive: true }));

const whole = readFileSync(tinyModels.llama);

/** Some metadata say more than there is: the lengths of lists and strings are spread over the header. */
function damaged(at: number): Buffer {
  const bytes = Buffer.from(whole);
  bytes.fill(0xff, at, at + 4);
  return bytes;
}

const files: Readonly<Record<string, Buffer>> = {
  'an empty file': Buffer.alloc(0),
  'a text': Buffer.from('This is no model.'.repeat(100)),
  'the magic number alone': whole.subarray(0, 4),
  'half a header': whole.subarray(0, 200),
  'no weights': whole.subarray(0, 4096),
  'half the weights': whole.subarray(0, Math.floor(whole.length / 2)),
  'all but the last byte': whole.subarray(0, -1),
  'a version from the future': damaged(4),
  'too many tensors': damaged(8),
  'too much metadata': damaged(16),
  'a key that is too long': damaged(24),
  'an unknown architecture': Buffer.from(whole.toString('latin1').replaceAll('llama', 'llamx'), 'latin1'),
};

describe.each([
  ['text generation', openTextEngine],
  ['embedding', openEmbedEngine],
])('opening for %s', (_name, open) => {
  it.each(Object.keys(files))('%s is an error that names the file', async (name) => {
    const file = path.join(folder, 'broken.gguf');
    writeFileSync(file, files[name] ?? '');
    await expect(open(contextOf(file))).rejects.toMatchObject({
      code: 'Model',
      message: expect.stringContaining(file),
    });
  });

  it('a folder or nothing is an error', async () => {
    for (const reference of [folder, path.join(folder, 'nothing.gguf')]) {
      await expect(open(contextOf(reference))).rejects.toMatchObject({ code: 'NotFound' });
    }
  });

  it('can be cancelled, before and while the file is read', async () => {
    const controller = new AbortController();
    const opening = open({ ...contextOf(tinyModels.llama), signal: controller.signal });
    controller.abort(new Error('not needed any more'));
    await expect(opening).rejects.toMatchObject({ code: 'Cancelled' });
    await expect(open({ ...contextOf(tinyModels.llama), signal: controller.signal })).rejects.toMatchObject({
      code: 'Cancelled',
    });
  });
});

it('an encoder is not opened for text generation', async () => {
  await expect(openTextEngine(contextOf(tinyModels.bert))).rejects.toMatchObject({ code: 'Unsupported' });
});
