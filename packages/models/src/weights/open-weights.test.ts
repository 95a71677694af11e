import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FerrumError } from '@ferrum/registry/errors';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { canDequantize, dequantize } from './dequantize.js';
import { openWeights } from './open-weights.js';

const fixtures = fileURLToPath(new URL('./fixtures/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'ferrum-weights-'));
for (const shard of ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors']) {
  copyFileSync(join(fixtures, 'sharded', shard), join(folder, shard));
}
afterAll(() => rmSync(folder, { recursive: true }));

describe('openWeights', () => {
  it.each([
    ['tiny.gguf', 'gguf'],
    ['tiny.safetensors', 'safetensors'],
    ['sharded/model.safetensors.index.json', 'safetensors'],
    ['ctranslate2/int8_float16.bin', 'ctranslate2'],
  ])('tells what %s is by its content', async (name, format) => {
    const content = readFileSync(join(fixtures, name));
    writeFileSync(join(folder, 'weights.bin'), content);
    await using file = await openWeights(join(folder, 'weights.bin'));
    expect(file.format).toBe(format);
  });

  it('refuses a format that the caller can do nothing with', async () => {
    const file = join(fixtures, 'ctranslate2/int8_float16.bin');
    await expect(openWeights(file, ['gguf', 'safetensors'])).rejects.toMatchObject({
      code: 'Unsupported',
      message: `${file} holds ctranslate2 weights; models of this kind open from gguf or safetensors.`,
    });
    await using accepted = await openWeights(file, ['ctranslate2']);
    expect(accepted.format).toBe('ctranslate2');
  });

  it('opens a folder with safetensors weights or a single GGUF file', async () => {
    await using sharded = await openWeights(join(fixtures, 'sharded'));
    expect(sharded.format).toBe('safetensors');
    const place = mkdtempSync(join(folder, 'gguf-'));
    await expect(openWeights(place)).rejects.toMatchObject({ code: 'NotFound' });
    copyFileSync(join(fixtures, 'tiny.gguf'), join(place, 'a.gguf'));
    await using single = await openWeights(place);
    expect(single.format).toBe('gguf');
    copyFileSync(join(fixtures, 'tiny.gguf'), join(place, 'b.gguf'));
    await expect(openWeights(place)).rejects.toMatchObject({
      code: 'InvalidFormat',
      message: expect.stringMatching(/a\.gguf, b\.gguf/),
    });
  });

  it('opens the model.bin of a folder without other weights', async () => {
    const place = mkdtempSync(join(folder, 'ctranslate2-'));
    copyFileSync(join(fixtures, 'ctranslate2/float16.bin'), join(place, 'model.bin'));
    await using file = await openWeights(place);
    expect(file.format).toBe('ctranslate2');
  });

  it('refuses other kinds of file', async () => {
    const path = join(folder, 'other');
    for (const content of ['', 'x', 'PK\x03\x04 archive', '<html>', '{', '[]']) {
      writeFileSync(path, content);
      await expect(openWeights(path)).rejects.toMatchObject({ code: 'InvalidFormat' });
    }
    await expect(openWeights(join(folder, 'missing'))).rejects.toMatchObject({ code: 'NotFound' });
  });
});

describe('damaged files', () => {
  // Where headers have counts, lengths, types and offsets, these are the values that hurt.
  const word = fc.constantFrom(0n, 1n, 9n, 255n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n);
  const mutation = fc.record({
    kind: fc.constantFrom('flip', 'byte', 'word', 'insert', 'delete', 'truncate', 'copy'),
    at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    value: fc.nat(255),
    word,
    bytes: fc.uint8Array({ maxLength: 40 }),
  });

  it.each([
    'tiny.gguf',
    'tiny.safetensors',
    'sharded/model.safetensors.index.json',
    'ctranslate2/int8_float16.bin',
    'ctranslate2/int16.bin',
  ])('made of %s open or fail with a FerrumError', async (name) => {
    const original = readFileSync(join(fixtures, name));
    const path = join(folder, 'fuzz.bin');
    await fc.assert(
      fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 4 }), async (mutations) => {
        let bytes = Buffer.from(original);
        for (const each of mutations) bytes = mutate(bytes, each);
        await expectSuccessOrFerrumError(path, bytes);
      }),
      { numRuns: 600 },
    );
  });

  it('of arbitrary bytes behind a valid start open or fail with a FerrumError', async () => {
    const start = fc.constantFrom(
      '',
      'GGUF\x03\0\0\0',
      'GGUF\x02\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0',
      '\x20\0\0\0\0\0\0\0{',
      '{',
      '\x06\0\0\0\x0c\0WhisperSpec\0\x03\0\0\0\x01\0\0\0',
    );
    await fc.assert(
      fc.asyncProperty(start, fc.uint8Array({ maxLength: 300 }), async (head, tail) => {
        await expectSuccessOrFerrumError(join(folder, 'arbitrary'), Buffer.concat([Buffer.from(head, 'latin1'), tail]));
      }),
      { numRuns: 600 },
    );
  });

  interface Mutation {
    readonly kind: string;
    readonly at: number;
    readonly value: number;
    readonly word: bigint;
    readonly bytes: Uint8Array;
  }

  function mutate(bytes: Buffer<ArrayBuffer>, { kind, at, value, word, bytes: extra }: Mutation): Buffer<ArrayBuffer> {
    if (bytes.length < 8) return bytes;
    const index = Math.floor(at * (bytes.length - 7));
    if (kind === 'flip') bytes[index] = (bytes[index] ?? 0) ^ (1 << (value & 7));
    if (kind === 'byte') bytes[index] = value;
    if (kind === 'word') bytes.writeBigUInt64LE(word, index);
    if (kind === 'copy') bytes.copyWithin(index, value, value + extra.length);
    if (kind === 'insert') return Buffer.concat([bytes.subarray(0, index), extra, bytes.subarray(index)]);
    if (kind === 'delete') return Buffer.concat([bytes.subarray(0, index), bytes.subarray(index + extra.length)]);
    if (kind === 'truncate') return Buffer.from(bytes.subarray(0, index));
    return bytes;
  }
});

async function expectSuccessOrFerrumError(path: string, bytes: Uint8Array): Promise<void> {
  writeFileSync(path, bytes);
  try {
    await using file = await openWeights(path);
    for (const { name, type, dims, byteLength } of file.tensors.values()) {
      const content = await file.read(name);
      expect(content.byteLength).toBe(byteLength);
      if (!canDequantize(type)) continue;
      expect(dequantize(type, content).length).toBe(dims.reduce((product, dim) => product * dim, 1));
    }
  } catch (error) {
    if (!FerrumError.isInstance(error)) throw error;
    expect(error.message).toContain(folder);
  }
}
