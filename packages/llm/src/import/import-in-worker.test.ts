import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ProgressEvent } from '@ferrum/interfaces';
import { openGguf } from '@ferrum/models';
import { describe, expect, it } from 'vitest';
// The built module: a worker thread needs JavaScript.
import { importInWorker } from '../../dist/import/import-in-worker.js';
import { loadGgufFixture } from '../fixtures/load-fixture.js';
import { ggufBytes } from '../testing/gguf-bytes.js';
import { temporaryFolders } from '../testing/temporary-folder.js';
import { float32 } from '../testing/test-tensor.js';
import { tinyMetadata, tinyTensors } from '../testing/tiny-decoder.js';
import { decoderRecordFile } from './decoder-record.js';
import { graphFiles, prefillGraphFiles, weightsFile } from './import-model.js';

const newFolder = temporaryFolders();
const { location } = loadGgufFixture('llama-q4_0');

function save(bytes: Uint8Array): string {
  const file = path.join(newFolder(), 'model.gguf');
  writeFileSync(file, bytes);
  return file;
}

const convert = (file: string, options: Parameters<typeof importInWorker>[2] = {}, directory = newFolder()) =>
  importInWorker({ location: file, directory, storage: 'exact' }, 'a model', options);

describe('importInWorker', () => {
  it('writes graphs and weights, and tells of each tensor', async () => {
    const directory = newFolder();
    const events: ProgressEvent[] = [];
    await convert(location, { onProgress: (event) => events.push(event) }, directory);
    const files = [...Object.values(graphFiles), ...Object.values(prefillGraphFiles), weightsFile, decoderRecordFile];
    expect(readdirSync(directory).sort()).toEqual(files.sort());
    await using file = await openGguf(location);
    const total = file.tensors.size;
    expect(events).toEqual(
      Array.from({ length: total }, (_, i) => ({
        phase: 'convert',
        label: 'a model',
        unit: 'tensors',
        completed: i + 1,
        total,
      })),
    );
  });

  it('converts the tiny model that the failures below are made of', async () => {
    await convert(save(ggufBytes(tinyMetadata, tinyTensors)));
  });

  it.each<[string, () => string, object]>([
    [
      'a truncated file',
      () => save(readFileSync(location).subarray(0, 5000)),
      { code: 'InvalidFormat', details: { offset: expect.any(Number), file: expect.stringContaining('model.gguf') } },
    ],
    ['an empty file', () => save(new Uint8Array(0)), { code: 'InvalidFormat' }],
    ['a file that is not there', () => path.join(newFolder(), 'none.gguf'), { code: 'NotFound' }],
    [
      'another architecture',
      () => save(ggufBytes({ ...tinyMetadata, 'general.architecture': 'falcon' }, tinyTensors)),
      { code: 'Unsupported', details: { architecture: 'falcon' } },
    ],
    [
      'a tensor of the wrong shape',
      () => save(ggufBytes(tinyMetadata, { ...tinyTensors, 'blk.0.attn_v.weight': float32([64, 32]) })),
      { code: 'InvalidFormat', message: expect.stringMatching(/"blk\.0\.attn_v\.weight".*\[64, 32\].*\[32, 64\]/) },
    ],
    [
      'a tensor too many',
      () => save(ggufBytes(tinyMetadata, { ...tinyTensors, 'blk.0.post_ffw_norm.weight': float32([64]) })),
      { code: 'Unsupported', details: { tensors: ['blk.0.post_ffw_norm.weight'] } },
    ],
  ])('gives the error of %s its code and details back', async (_name, prepare, error) => {
    await expect(convert(prepare())).rejects.toMatchObject({ name: 'FerrumError', ...error });
  });

  it('names the folder that it cannot write to', async () => {
    const directory = path.join(newFolder(), 'no', 'such', 'folder');
    await expect(convert(location, {}, directory)).rejects.toMatchObject({
      code: 'IO',
      message: expect.stringContaining(directory),
    });
  });

  it('does not begin when its signal has fired', async () => {
    const directory = newFolder();
    const reason = new Error('enough');
    await expect(convert(location, { signal: AbortSignal.abort(reason) }, directory)).rejects.toMatchObject({
      code: 'Cancelled',
      cause: reason,
    });
    expect(readdirSync(directory)).toEqual([]);
  });
});
