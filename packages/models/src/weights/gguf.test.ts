import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FerrumError } from '@ferrum/registry/errors';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { openGguf } from './gguf.js';
import { StringList } from './string-list.js';

const fixture = fileURLToPath(new URL('./fixtures/tiny.gguf', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'ferrum-gguf-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('openGguf on a file of gguf-py', () => {
  it('reads metadata of every type', async () => {
    await using file = await openGguf(fixture);
    expect(Object.fromEntries([...file.metadata].map(([key, value]) => [key, plain(value)]))).toEqual({
      'general.architecture': 'llama',
      'general.name': 'Tiny — ünïcode 🦊',
      'test.u8': 200,
      'test.i8': -100,
      'test.u16': 60000,
      'test.i16': -30000,
      'test.u32': 4000000000,
      'test.i32': -2000000000,
      'test.u64': Number.MAX_SAFE_INTEGER,
      'test.i64': Number.MIN_SAFE_INTEGER,
      'test.f32': Math.fround(0.1),
      'test.f64': 0.1,
      'test.bool': true,
      'test.strings': ['▁Hello', '', 'a', 'naïve', '🦊'],
      'test.floats': Float32Array.of(0.5, -1.5),
      'test.integers': Int32Array.of(1, -2, 3),
      'test.booleans': [true, false],
      'test.bytes': Uint8Array.of(1, 2, 255),
    });
  });

  it('gives dimensions outermost first and reads whole tensors and ranges', async () => {
    await using file = await openGguf(fixture);
    expect(file.format).toBe('gguf');
    expect(file.tensors.get('q4_k')).toMatchObject({ name: 'q4_k', type: 'Q4_K', dims: [2, 256], byteLength: 288 });
    const whole = await file.read('i32');
    expect(new Int32Array(whole.buffer)).toEqual(Int32Array.of(1, -2, 3));
    expect(await file.read('i32', { start: 4, end: 8 })).toEqual(whole.slice(4, 8));
    expect(await file.read('i32', { start: 12, end: 12 })).toEqual(new Uint8Array(0));
  });

  it('rejects wrong reads', async () => {
    const file = await openGguf(fixture);
    await expect(file.read('nothing')).rejects.toMatchObject({ code: 'NotFound' });
    for (const range of [
      { start: 0, end: 13 },
      { start: 5, end: 4 },
      { start: -1, end: 4 },
      { start: 0.5, end: 4 },
    ]) {
      await expect(file.read('i32', range)).rejects.toMatchObject({ code: 'InvalidParameter' });
    }
    await file.close();
    await file.close();
    await expect(file.read('i32')).rejects.toMatchObject({ code: 'InvalidParameter' });
  });

  it('refuses a big-endian file', async () => {
    const path = fileURLToPath(new URL('./fixtures/big-endian.gguf', import.meta.url));
    await expect(openGguf(path)).rejects.toMatchObject({
      code: 'Unsupported',
      message: expect.stringMatching(/big-endian/),
    });
  });
});

describe('openGguf', () => {
  it('reads what a writer of the specification wrote', async () => {
    const text = fc.string({ unit: 'grapheme' });
    const value: fc.Arbitrary<Value> = fc.oneof(
      text.map((value) => ({ type: 8, value })),
      fc.boolean().map((value) => ({ type: 7, value })),
      fc.integer().map((value) => ({ type: 5, value })),
      fc.maxSafeInteger().map((value) => ({ type: 11, value })),
      fc.double({ noNaN: true }).map((value) => ({ type: 12, value })),
      fc.array(text).map((value) => ({ type: 9, item: 8, value })),
      fc.array(fc.maxSafeInteger()).map((value) => ({ type: 9, item: 11, value })),
    );
    const metadata = fc.dictionary(
      text.filter((key) => key !== ''),
      value,
      { noNullPrototype: true },
    );
    await fc.assert(
      fc.asyncProperty(metadata, fc.integer({ min: 0, max: 5 }), async (entries, tensorCount) => {
        const tensors = Array.from({ length: tensorCount }, (_, i) => ({
          name: `t${i}`,
          dims: [i + 1],
          offset: i * 32,
        }));
        await using file = await openGguf(save(gguf({ metadata: Object.entries(entries), tensors })));
        expect([...file.metadata.keys()]).toEqual(Object.keys(entries));
        for (const [key, { item, value }] of Object.entries(entries)) {
          const read = plain(file.metadata.get(key));
          expect(item === 11 ? Array.from(read as Float64Array) : read).toEqual(value);
        }
        expect([...file.tensors.keys()]).toEqual(tensors.map(({ name }) => name));
      }),
      { numRuns: 60 },
    );
  });

  it('reads version 2 and headers larger than a chunk', async () => {
    const words = Array.from({ length: 100_000 }, (_, i) =>
      i % 1000 === 0 ? `wörd ${i} `.repeat(i / 100) : `wörd ${i}`,
    );
    const metadata: Entries = [['words', { type: 9, item: 8, value: words }]];
    await using file = await openGguf(save(gguf({ version: 2, metadata })));
    expect(plain(file.metadata.get('words'))).toEqual(words);
  });

  it('says at which byte a truncated file ends, wherever that is', async () => {
    const bytes = gguf({ metadata: [['key', { type: 9, item: 8, value: ['a', 'bc'] }]], tensors: [{}] });
    // The last 16 bytes are padding behind the tensor.
    for (let length = 0; length < bytes.length - 16; length++) {
      const error = await failure(bytes.subarray(0, length));
      expect(error).toMatchObject({ code: 'InvalidFormat', details: { offset: expect.any(Number) } });
    }
  });

  it('notices that the file has shrunk since it was opened', async () => {
    const path = save(gguf({ tensors: [{}] }));
    await using file = await openGguf(path);
    await truncate(path, 40);
    await expect(file.read('t')).rejects.toMatchObject({
      code: 'InvalidFormat',
      message: expect.stringMatching(/end of the file/),
    });
  });

  it.each<[string, Uint8Array, RegExp, string?]>([
    ['another kind of file', Buffer.from('PK\x03\x04 and so on and on'), /magic 0x4034b50/],
    ['version 1', gguf({ version: 1 }), /version 1;/, 'Unsupported'],
    ['version 9', gguf({ version: 9 }), /version 9;/, 'Unsupported'],
    ['one part of a split model', gguf({ metadata: [['split.count', u32(3)]] }), /one of 3 parts/, 'Unsupported'],
    ['a huge tensor count', gguf({ tensorCount: 2n ** 40n }), /1099511627776 tensors/],
    ['a tensor count of 64 bits', gguf({ tensorCount: 2n ** 64n - 1n }), /18446744073709551615/],
    ['a huge metadata count', gguf({ metadataCount: 2n ** 31n }), /2147483648 metadata entries/],
    [
      'too many metadata entries',
      Buffer.concat([gguf({ metadataCount: 65537n }), Buffer.alloc(1 << 20)]),
      /at most 65536/,
    ],
    [
      'a huge string',
      gguf({ metadata: [['k', { type: 8, length: 2n ** 50n }]] }),
      /before the end.*1125899906842624 bytes/,
    ],
    ['a huge array', gguf({ metadata: [['k', { type: 9, item: 8, length: 2n ** 50n }]] }), /count of 1125899906842624/],
    [
      'a huge number array',
      gguf({ metadata: [['k', { type: 9, item: 12, length: 2n ** 61n }]] }),
      /2305843009213693952/,
    ],
    [
      'an array of arrays',
      gguf({ metadata: [['k', { type: 9, item: 9, value: [] }]] }),
      /arrays within an array in the value of "k"/,
    ],
    ['an unknown metadata type', gguf({ metadata: [['k', { type: 13, value: 0 }]] }), /type 13.*"k"/],
    ['an unknown array type', gguf({ metadata: [['k', { type: 9, item: 77, value: [] }]] }), /type 77/],
    ['a boolean of 2', gguf({ metadata: [['k', { type: 0, value: 2, as: 7 }]] }), /byte 2, expected a boolean/],
    ['an unsafe u64', gguf({ metadata: [['k', { type: 10, value: 2 ** 53 }]] }), /9007199254740992/],
    ['an unsafe i64', gguf({ metadata: [['k', { type: 11, value: -(2 ** 53) }]] }), /-9007199254740992/],
    [
      'a duplicate key',
      gguf({
        metadata: [
          ['k', u32(1)],
          ['k', u32(1)],
        ],
      }),
      /key "k" again/,
    ],
    ['an empty key', gguf({ metadata: [['', u32(1)]] }), /empty key/],
    ['bad UTF-8 in a key', gguf({ metadata: [[Buffer.of(0xff, 0x41), u32(1)]] }), /not UTF-8/],
    [
      'a character cut in two by a list',
      gguf({ metadata: [['k', { type: 9, item: 8, value: ['é', Buffer.of(0xc3), Buffer.of(0xa9)] }]] }),
      /not UTF-8 in item 1 of/,
    ],
    ['an overlong UTF-8 string', gguf({ metadata: [['k', { type: 8, value: Buffer.of(0xc0, 0x80) }]] }), /not UTF-8/],
    ['alignment 0', gguf({ metadata: [['general.alignment', u32(0)]] }), /general.alignment 0/],
    ['alignment 48', gguf({ metadata: [['general.alignment', u32(48)]] }), /general.alignment 48/],
    ['alignment "x"', gguf({ metadata: [['general.alignment', { type: 8, value: 'x' }]] }), /alignment a string/],
    ['an IQ tensor', gguf({ tensors: [{ type: 22 }] }), /tensor "t" is stored as IQ2_S/, 'Unsupported'],
    ['an unknown tensor type', gguf({ tensors: [{ type: 99 }] }), /unknown ggml type 99/, 'Unsupported'],
    ['no dimension', gguf({ tensors: [{ dims: [] }] }), /0 dimensions for tensor "t"/],
    ['a billion dimensions', gguf({ tensors: [{ rank: 1e9 }] }), /1000000000 dimensions/],
    ['a dimension of 0', gguf({ tensors: [{ dims: [4, 0] }] }), /shape 0 × 4/],
    ['an overflowing shape', gguf({ tensors: [{ dims: [2 ** 32, 2 ** 32, 2 ** 32] }] }), /below 2\^53/],
    ['a broken row of blocks', gguf({ tensors: [{ type: 2, dims: [33] }] }), /multiple of 32/],
    ['an unaligned offset', gguf({ tensors: [{ offset: 4 }] }), /offset 4.*alignment 32/],
    ['an offset out of the file', gguf({ tensors: [{ offset: 2 ** 40 }] }), /within the \d+ bytes/],
    ['a size out of the file', gguf({ tensors: [{ dims: [2 ** 40] }] }), /within the \d+ bytes/],
    ['a duplicate tensor', gguf({ tensors: [{}, { offset: 32 }] }), /tensor "t" again/],
    [
      'overlapping tensors',
      gguf({ tensors: [{ dims: [9] }, { name: 'u', offset: 32 }] }),
      /no overlap with tensor "t"/,
    ],
  ])('refuses %s', async (_, bytes, message, code = 'InvalidFormat') => {
    expect(await failure(bytes)).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('refuses a missing file and a folder', async () => {
    await expect(openGguf(join(folder, 'none.gguf'))).rejects.toMatchObject({ code: 'NotFound' });
    await expect(openGguf(folder)).rejects.toMatchObject({ code: 'InvalidFormat' });
    await expect(openGguf('a\0b')).rejects.toMatchObject({ code: 'InvalidParameter' });
  });
});

/** Opens the bytes, which must fail with a FerrumError. */
async function failure(bytes: Uint8Array): Promise<FerrumError> {
  const outcome = await openGguf(save(bytes)).catch((error: unknown) => error);
  if (!FerrumError.isInstance(outcome)) throw new Error(`Expected a FerrumError, got ${String(outcome)}`);
  return outcome;
}

function save(bytes: Uint8Array): string {
  const path = join(folder, 'test.gguf');
  writeFileSync(path, bytes);
  return path;
}

function plain(value: unknown): unknown {
  return value instanceof StringList ? [...value] : value;
}

// A writer of the GGUF specification (docs/gguf.md of ggml) that can also be told to write nonsense.

interface Value {
  /** gguf_metadata_value_type; `as` writes another type's id before the same bytes. */
  readonly type: number;
  readonly as?: number;
  /** Element type of an array (type 9). */
  readonly item?: number;
  readonly value?: unknown;
  /** Written instead of the real string or array length. */
  readonly length?: bigint;
}
type Entries = readonly (readonly [string | Uint8Array, Value])[];
interface Tensor {
  readonly name?: string;
  /** ggml order: innermost first. */
  readonly dims?: readonly number[];
  readonly rank?: number;
  readonly type?: number;
  readonly offset?: number;
}
interface Contents {
  readonly version?: number;
  readonly metadata?: Entries;
  readonly metadataCount?: bigint;
  readonly tensors?: readonly Tensor[];
  readonly tensorCount?: bigint;
}

function gguf({ version = 3, metadata = [], metadataCount, tensors = [], tensorCount }: Contents): Uint8Array {
  const header = Buffer.concat([
    Buffer.from('GGUF'),
    scalar(4, version),
    long(tensorCount ?? tensors.length),
    long(metadataCount ?? metadata.length),
    ...metadata.flatMap(([key, value]) => [text(key), scalar(4, value.as ?? value.type), encode(value)]),
    ...tensors.flatMap(({ name = 't', dims = [4], rank, type = 0, offset = 0 }) => [
      text(name),
      scalar(4, rank ?? dims.length),
      ...dims.map(long),
      scalar(4, type),
      long(offset),
    ]),
  ]);
  const padding = Buffer.alloc((32 - (header.length % 32)) % 32);
  return Buffer.concat([header, padding, Buffer.alloc(tensors.length * 32)]);
}

function encode({ type, item, value, length }: Value): Buffer {
  if (type === 8) return text(value as string | Uint8Array, length);
  if (type !== 9) return scalar(type, value);
  const items = (value ?? []) as readonly unknown[];
  const encoded = items.map((element) => encode({ type: item ?? 0, value: element }));
  return Buffer.concat([scalar(4, item), long(length ?? items.length), ...encoded]);
}

function scalar(type: number, value: unknown): Buffer {
  const view = new DataView(new ArrayBuffer(8));
  const number = Number(value);
  if (type === 10) return long(BigInt(number));
  if (type === 11) view.setBigInt64(0, BigInt(number), true);
  else if (type === 12) view.setFloat64(0, number, true);
  else if (type === 4) view.setUint32(0, number, true);
  else if (type === 5) view.setInt32(0, number, true);
  else view.setUint8(0, number);
  const byteLength = type >= 10 ? 8 : type === 4 || type === 5 ? 4 : 1;
  return Buffer.from(view.buffer, 0, byteLength);
}

function text(value: string | Uint8Array | undefined, length?: bigint): Buffer {
  const bytes = Buffer.from(value ?? '');
  return Buffer.concat([long(length ?? bytes.length), bytes]);
}

function long(value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function u32(value: number): Value {
  return { type: 4, value };
}
