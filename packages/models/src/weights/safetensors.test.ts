import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { openWeights } from './open-weights.js';
import { openSafetensors } from './safetensors.js';
import type { WeightFile } from './weight-file.js';

interface ExpectedTensor {
  readonly dtype: string;
  readonly dims: readonly number[];
  readonly bytes: string;
}
const fixtures = fileURLToPath(new URL('./fixtures/', import.meta.url));
const expected = new Map<string, ExpectedTensor>(
  Object.entries(JSON.parse(readFileSync(join(fixtures, 'expected.json'), 'utf8')).safetensors),
);
const typeOf: Record<string, string> = {
  float64: 'F64',
  float32: 'F32',
  float16: 'F16',
  int64: 'I64',
  int8: 'I8',
  uint8: 'U8',
  bool: 'BOOL',
};
const folder = mkdtempSync(join(tmpdir(), 'ferrum-safetensors-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('openSafetensors on files of the safetensors library', () => {
  it('reads metadata and every tensor', async () => {
    await using file = await openSafetensors(join(fixtures, 'tiny.safetensors'));
    expect(file.format).toBe('safetensors');
    expect(Object.fromEntries(file.metadata)).toEqual({ format: 'np', note: 'line\n"two" 🦊' });
    await expectTensors(file, [...expected.keys()]);
  });

  it.each(['sharded', 'sharded/model.safetensors.index.json'])('reads shards from %s', async (path) => {
    await using file = await openSafetensors(join(fixtures, path));
    expect(Object.fromEntries(file.metadata)).toEqual({ format: 'np' });
    await expectTensors(file, ['matrix', 'half', 'scalar', 'flags']);
    expect(file.tensors.get('half')?.file).toMatch(/model-00001-of-00002\.safetensors$/);
  });
});

describe('openSafetensors', () => {
  const entry = { dtype: 'U8', shape: [2], data_offsets: [0, 2] };
  const noise = 'x'.repeat(40);

  it('accepts padding, unknown fields and a header without tensors', async () => {
    const padded = `  {"a": {"shape":[2], "extra":[{"x":[-1.5e+3,true,null,"\\u00e9"]}], "dtype":"U8","data_offsets":[0,2]}}   `;
    await using file = await openSafetensors(save(safetensors(padded, 2)));
    expect(file.tensors.get('a')).toMatchObject({ dims: [2], byteLength: 2, offset: 8 + padded.length });
    await using empty = await openSafetensors(save(safetensors({}, 0)));
    expect(empty.tensors.size).toBe(0);
  });

  it('opens the one file of a folder, and asks when there are several', async () => {
    const place = join(folder, 'several');
    mkdirSync(place);
    await expect(openSafetensors(place)).rejects.toMatchObject({ code: 'NotFound' });
    writeFileSync(join(place, 'b.safetensors'), safetensors({ a: entry }, 2));
    await using single = await openSafetensors(place);
    expect(single.tensors.size).toBe(1);
    writeFileSync(join(place, 'c.safetensors'), safetensors({ a: entry }, 2));
    await expect(openSafetensors(place)).rejects.toMatchObject({
      message: expect.stringMatching(/b\.safetensors, c\.safetensors/),
    });
  });

  it('asks for the index of shards', async () => {
    const place = join(folder, 'shards');
    mkdirSync(place);
    for (const shard of ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors']) {
      copyFileSync(join(fixtures, 'sharded', shard), join(place, shard));
      await expect(openSafetensors(place)).rejects.toMatchObject({
        code: 'InvalidFormat',
        message: expect.stringMatching(/index, model\.safetensors\.index\.json/),
      });
    }
  });

  it.each(['MODEL.SAFETENSORS', 'weights.Safetensors'])('finds %s in a folder', async (name) => {
    const place = join(folder, `in-${name}`);
    mkdirSync(place);
    writeFileSync(join(place, name), safetensors({ a: entry }, 2));
    await using fromFolder = await openSafetensors(place);
    expect(fromFolder.tensors.size).toBe(1);
    await using fromEither = await openWeights(place);
    expect(fromEither.format).toBe('safetensors');
  });

  it('refuses a file cut anywhere', async () => {
    const whole = safetensors({ a: entry }, 2);
    for (let length = 0; length < whole.length; length++) {
      const opened = openSafetensors(save(whole.subarray(0, length)));
      await expect(opened).rejects.toMatchObject({ code: 'InvalidFormat', details: { offset: expect.any(Number) } });
    }
  });

  it.each<[string, Uint8Array, RegExp, string?]>([
    ['a header longer than the file', safetensors({ a: entry }, 2, 1000n), /header length of 1000/],
    ['a header of 2^63 bytes', safetensors({ a: entry }, 2, 2n ** 63n), /header length of 9223372036854775808/],
    ['no JSON', safetensors(noise, 0), /found "x+".*expected an object/],
    ['an array', safetensors(`[${noise}]`, 0), /expected an object/],
    ['something after the header', safetensors('{} {}', 0), /expected nothing more/],
    ['deep nesting', safetensors(`{"a":{"x":${'['.repeat(100_000)}`, 0), /deeper nesting/],
    ['a deep tensor entry', safetensors(`{"a":{"shape":${'['.repeat(100_000)}`, 0), /whole number/],
    ['a million unknown values', safetensors(`{"a":{"x":[${'1,'.repeat(1 << 20)}1]}}`, 0), /found more values/],
    [
      'a duplicate tensor',
      safetensors(`{"a":${JSON.stringify(entry)},"a":${JSON.stringify(entry)}}`, 2),
      /key "a" again/,
    ],
    ['a duplicate field', safetensors('{"a":{"dtype":"U8","dtype":"I8"}}', 0), /key "dtype" again/],
    ['bad UTF-8', safetensors(Buffer.from('{"\xff":1}', 'latin1'), 0), /at byte 10 found bytes that are not UTF-8/],
    ['a control character', safetensors('{"a\n":1}', 0), /end of a string/],
    ['a bad escape', safetensors('{"\\x":1}', 0), /JSON escapes/],
    ['metadata that is not text', safetensors({ __metadata__: { a: 1 } }, 0), /expected a string/],
    ['an incomplete entry', safetensors({ a: { dtype: 'U8' } }, 0), /incomplete entry of tensor "a"/],
    ['one offset', safetensors({ a: { ...entry, data_offsets: [0] } }, 2), /incomplete entry/],
    ['three offsets', safetensors({ a: { ...entry, data_offsets: [0, 2, 2] } }, 2), /at most 2/],
    ['nine dimensions', safetensors({ a: { ...entry, shape: Array(9).fill(1) } }, 2), /more dimensions/],
    ['an unknown dtype', safetensors({ a: { ...entry, dtype: 'F4' } }, 2), /stored as "F4"/, 'Unsupported'],
    ['a quantised dtype', safetensors({ a: { ...entry, dtype: 'Q4_0' } }, 2), /stored as "Q4_0"/, 'Unsupported'],
    ['a negative dimension', safetensors({ a: { ...entry, shape: [-2] } }, 2), /found "-2/],
    ['a fractional dimension', safetensors({ a: { ...entry, shape: [1.5] } }, 2), /found "1.5/],
    ['a dimension with an exponent', safetensors('{"a":{"shape":[1e1]}}', 2), /found "1e1/],
    ['an unsafe dimension', safetensors('{"a":{"shape":[9007199254740992]}}', 2), /found "9007199254740992/],
    ['an overflowing shape', safetensors({ a: { ...entry, shape: [2 ** 40, 2 ** 40] } }, 2), /below 2\^53/],
    ['a shape of another size', safetensors({ a: { ...entry, shape: [3] } }, 2), /expected 3 bytes/],
    ['offsets the wrong way', safetensors({ a: { ...entry, data_offsets: [2, 0] } }, 2), /at bytes 2–0/],
    ['overlapping tensors', safetensors({ a: entry, b: { ...entry, data_offsets: [1, 3] } }, 3), /"b".*overlapping/],
    ['a hole', safetensors({ a: entry, b: { ...entry, data_offsets: [3, 5] } }, 5), /"b".*after a hole/],
    ['data missing', safetensors({ a: entry }, 1), /the end of the file at byte/],
    ['data left over', safetensors({ a: entry }, 3), /the end of the file at byte/],
  ])('refuses %s', async (_, bytes, message, code = 'InvalidFormat') => {
    await expect(openSafetensors(save(bytes))).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it.each<[string, unknown, RegExp]>([
    ['outside the folder', { weight_map: { a: '../secret.safetensors' } }, /inside the folder of the index/],
    ['at an absolute path', { weight_map: { a: '/etc/passwd' } }, /inside the folder of the index/],
    ['at a Windows path', { weight_map: { a: 'c:\\secret.safetensors' } }, /inside the folder of the index/],
    ['behind a NUL', { weight_map: { a: 'one.safetensors\0' } }, /inside the folder of the index/],
    [
      'that is missing',
      { weight_map: { a: 'two.safetensors' } },
      /names the shard "two.safetensors", which is not there/,
    ],
    ['that lacks the tensor', { weight_map: { b: 'one.safetensors' } }, /found no tensor "b"/],
    ['of no name', { weight_map: { a: '' } }, /inside the folder of the index/],
    ['nowhere', { metadata: {} }, /a "weight_map" from tensor to shard/],
  ])('refuses an index with a shard %s', async (_, index, message) => {
    const place = mkdtempSync(join(folder, 'index-'));
    writeFileSync(join(place, 'one.safetensors'), safetensors({ a: entry }, 2));
    writeFileSync(join(place, 'model.safetensors.index.json'), JSON.stringify(index));
    const opened = openSafetensors(join(place, 'model.safetensors.index.json'));
    await expect(opened).rejects.toMatchObject({ code: 'InvalidFormat', message: expect.stringMatching(message) });
  });

  it('refuses a missing file', async () => {
    await expect(openSafetensors(join(folder, 'none'))).rejects.toMatchObject({ code: 'NotFound' });
  });
});

async function expectTensors(file: WeightFile, names: readonly string[]): Promise<void> {
  expect([...file.tensors.keys()].toSorted()).toEqual(names.toSorted());
  for (const name of names) {
    const wanted = expected.get(name);
    expect(file.tensors.get(name)).toMatchObject({ name, type: typeOf[wanted?.dtype ?? ''], dims: wanted?.dims });
    expect(Buffer.from(await file.read(name)).toString('base64')).toBe(wanted?.bytes);
  }
}

/** A file with this header and so many bytes of data; `length` replaces the header's true length. */
function safetensors(header: object | string | Uint8Array, dataBytes: number, length?: bigint): Uint8Array {
  const isText = typeof header === 'string' || header instanceof Uint8Array;
  const json = Buffer.from(isText ? header : JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(length ?? BigInt(json.length));
  return Buffer.concat([prefix, json, Buffer.alloc(dataBytes)]);
}

function save(bytes: Uint8Array): string {
  const path = join(folder, 'test.safetensors');
  writeFileSync(path, bytes);
  return path;
}
