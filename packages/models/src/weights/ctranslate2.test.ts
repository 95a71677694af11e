import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { TensorReader } from '../convert/tensor-reader.js';
import { ctranslate2File, floats, type TestFile, type TestVariable } from '../testing/ctranslate2-file.js';
import { openCtranslate2 } from './ctranslate2.js';
import { openWeights } from './open-weights.js';
import type { WeightFile } from './weight-file.js';

const fixtures = fileURLToPath(new URL('./fixtures/ctranslate2/', import.meta.url));
const expected: {
  readonly sha256: Readonly<Record<string, string>>;
  readonly aliases: Readonly<Record<string, string>>;
  readonly scalars: Readonly<Record<string, number>>;
  readonly dims: Readonly<Record<string, readonly number[]>>;
} = JSON.parse(readFileSync(join(fixtures, 'expected.json'), 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'ferrum-ctranslate2-'));
afterAll(() => rmSync(folder, { recursive: true }));

function save(content: Uint8Array): string {
  const path = join(mkdtempSync(join(folder, 'file-')), 'model.bin');
  writeFileSync(path, content);
  return path;
}

const readerOf = (file: WeightFile) => new TensorReader(file, () => undefined);

/** The reader's values of each tensor of CTranslate2's converter, in the order of their names. */
async function hashOfValues(file: WeightFile): Promise<string> {
  const hash = createHash('sha256');
  const reader = readerOf(file);
  for (const [name, dims] of Object.entries(expected.dims)) {
    hash.update(new Uint8Array((await reader.values(name, dims)).buffer));
  }
  expect(reader.unused()).toEqual([]);
  return hash.digest('hex');
}

describe('openCtranslate2 on files of the CTranslate2 converter', () => {
  it.each(Object.entries(expected.sha256))('reads the values of %s that numpy has', async (quantization, sha256) => {
    await using file = await openCtranslate2(join(fixtures, `${quantization}.bin`));
    expect(await hashOfValues(file)).toBe(sha256);
  });

  it.each(Object.keys(expected.sha256))('reads the scalars of %s as metadata', async (quantization) => {
    await using file = await openCtranslate2(join(fixtures, `${quantization}.bin`));
    expect(Object.fromEntries(file.metadata)).toEqual({
      ...expected.scalars,
      'ctranslate2.binary_version': 6,
      'ctranslate2.spec_name': 'WhisperSpec',
      'ctranslate2.spec_revision': 3,
    });
  });

  it('resolves aliases to the bytes of their targets, scale included', async () => {
    await using file = await openWeights(join(fixtures, 'int8_float16.bin'));
    for (const [alias, target] of Object.entries(expected.aliases)) {
      expect(file.tensors.get(alias)).toEqual({ ...file.tensors.get(target), name: alias, aliasOf: target });
      expect(file.tensors.get(alias)).toMatchObject({ type: 'I8', scale: `${target}_scale` });
      const reader = readerOf(file);
      const values = await reader.values(alias, expected.dims[target] ?? []);
      expect(values).toEqual(await readerOf(file).values(target, expected.dims[target] ?? []));
      expect(reader.unused()).not.toContain(target);
    }
  });

  it('gives the stored integers of a range of bytes as they are', async () => {
    await using file = await openCtranslate2(join(fixtures, 'int8_float32.bin'));
    const name = 'decoder/embeddings/weight';
    const tensor = file.tensors.get(name);
    const bytes = readFileSync(join(fixtures, 'int8_float32.bin'));
    const start = tensor?.offset ?? 0;
    expect(await file.read(name, { start: 8, end: 24 })).toEqual(new Uint8Array(bytes.subarray(start + 8, start + 24)));
  });

  it('reads rows in any order with the scale of each', async () => {
    const reverse = (row: number) => 59 - row;
    const part = { name: 'decoder/embeddings/weight', rows: 60 };
    const joined: number[][] = [];
    for (const rowOrder of [undefined, reverse]) {
      await using file = await openCtranslate2(join(fixtures, 'int8_float32.bin'));
      const values: number[] = [];
      for await (const piece of readerOf(file).rows([{ ...part, ...(rowOrder && { rowOrder }) }], 8)) {
        values.push(...piece);
      }
      joined.push(values);
    }
    const [plain = [], turned = []] = joined;
    const rowsOf = (values: number[]) => Array.from({ length: 60 }, (_, row) => values.slice(row * 8, row * 8 + 8));
    expect(rowsOf(turned)).toEqual(rowsOf(plain).toReversed());
  });
});

const weight: TestVariable = { name: 'a/weight', dims: [2, 2], code: 1, data: Uint8Array.of(1, 254, 3, 4) };
const scale: TestVariable = { name: 'a/weight_scale', dims: [2], code: 0, data: floats(2, 4) };

describe('openCtranslate2 on other versions of the container', () => {
  it.each([2, 3, 4, 5])('reads version %d', async (version) => {
    const codes = version >= 4 ? { scale: 0, heads: 2 } : { scale: 4, heads: 2 };
    const heads: TestVariable = { name: 'heads', dims: [], code: codes.heads, data: Uint8Array.of(6, 0) };
    const variables = [weight, { ...scale, code: codes.scale }, heads];
    const aliases = version >= 3 ? ([['b/weight', 'a/weight']] as const) : [];
    await using file = await openWeights(save(ctranslate2File({ version, variables, aliases })));
    expect(file.metadata.get('heads')).toBe(6);
    expect([...file.tensors.keys()]).toEqual(['a/weight', 'a/weight_scale', ...aliases.map(([alias]) => alias)]);
    for (const name of ['a/weight', ...aliases.map(([alias]) => alias)]) {
      expect(await readerOf(file).values(name, [2, 2])).toEqual(Float32Array.of(0.5, -1, 0.75, 1));
    }
  });

  it('reads int16 weights with one scale, as older converters wrote them', async () => {
    const variables = [
      { ...weight, code: 2, data: new Uint8Array(Int16Array.of(1000, -500, 0, 250).buffer) },
      { ...scale, code: 4, dims: [], data: floats(1000) },
    ];
    await using file = await openWeights(save(ctranslate2File({ version: 2, variables })));
    expect(await readerOf(file).values('a/weight', [2, 2])).toEqual(Float32Array.of(1, -0.5, 0, 0.25));
  });

  it.each([1, 7, 200])('refuses version %d', async (version) => {
    const path = save(ctranslate2File({ version, variables: [] }));
    await expect(openWeights(path)).rejects.toMatchObject({
      code: 'Unsupported',
      message: expect.stringContaining(`binary version ${version}; Ferrum reads 2 to 6`),
    });
  });
});

describe('openCtranslate2', () => {
  it('leaves integers that are no weights without a scale', async () => {
    const name: TestVariable = { name: 'name', dims: [3], code: 1, data: Buffer.from('abc') };
    await using file = await openCtranslate2(save(ctranslate2File({ variables: [name] })));
    expect(file.tensors.get('name')).toMatchObject({ type: 'I8' });
    await expect(readerOf(file).values('name', [3])).rejects.toMatchObject({ code: 'Unsupported' });
  });

  it.each([0, -1, 1e-40, Number.NaN, Number.POSITIVE_INFINITY])('refuses to divide by %d', async (value) => {
    const variables = [weight, { ...scale, data: floats(2, value) }];
    await using file = await openCtranslate2(save(ctranslate2File({ variables })));
    await expect(readerOf(file).values('a/weight', [2, 2])).rejects.toMatchObject({
      code: 'InvalidFormat',
      message: expect.stringContaining('"a/weight_scale"'),
    });
  });

  const floatsOf = (name: string): TestVariable => ({ name, dims: [1], code: 0, data: floats(1) });
  it.each<[string, TestFile, RegExp]>([
    ['a weight without a scale', { variables: [weight] }, /nothing as the scale of "a\/weight"/],
    ['a scale for other rows', { variables: [{ ...scale, dims: [1, 2] }, weight] }, /\[1, 2\] as the scale/],
    ['a scale of another type', { variables: [weight, { ...scale, code: 3 }] }, /I32 \[2\] as the scale/],
    ['a name again', { variables: [floatsOf('a'), floatsOf('a')] }, /the variable "a" again/],
    ['an empty name', { variables: [floatsOf('')] }, /a length of 1 for the name of a variable/],
    ['an unknown type', { variables: [{ ...weight, code: 6 }] }, /the type 6 for variable "a\/weight"/],
    ['too few bytes', { variables: [{ ...weight, dims: [2, 3] }] }, /4 bytes for variable .*expected 6 bytes/],
    ['too many dimensions', { variables: [{ ...weight, dims: [1, 1, 1, 1, 1, 1, 1, 2, 2] }] }, /9 dimensions/],
    [
      'a size that overflows',
      { variables: [{ ...weight, dims: Array.from({ length: 8 }, () => 2 ** 31) }] },
      /below 2\^53/,
    ],
    [
      'more data than the file has',
      { variables: [{ ...weight, dims: [2 ** 16, 2 ** 15], size: 2 ** 31 }] },
      /before the end/,
    ],
    [
      'more variables than the file has',
      { variables: [floatsOf('a')], count: 3 },
      /a count of 3 variables|the name of a variable/,
    ],
    ['a count beyond reason', { variables: [floatsOf('a')], count: 2 ** 32 - 1 }, /a count of 4294967295 variables/],
    ['an item size', { version: 3, variables: [{ ...weight, code: 8 }] }, /items of size 8/],
    ['an alias of nothing', { variables: [floatsOf('a')], aliases: [['b', 'c']] }, /the alias "b" of "c"/],
    ['an alias of itself', { variables: [floatsOf('a')], aliases: [['b', 'b']] }, /the alias "b" of "b"/],
    ['an alias that is taken', { variables: [floatsOf('a')], aliases: [['a', 'a']] }, /the name "a" again/],
  ])('refuses %s', async (_what, contents, message) => {
    const path = save(ctranslate2File(contents));
    await expect(openCtranslate2(path)).rejects.toMatchObject({
      code: 'InvalidFormat',
      message: expect.stringMatching(message),
      details: { file: path },
    });
  });

  it('follows an alias of an alias', async () => {
    const contents = {
      variables: [floatsOf('a')],
      aliases: [
        ['b', 'a'],
        ['c', 'b'],
      ] as const,
    };
    await using file = await openCtranslate2(save(ctranslate2File(contents)));
    expect(file.tensors.get('c')).toMatchObject({ name: 'c', aliasOf: 'a' });
  });

  it('refuses a file that goes on, and one cut anywhere', async () => {
    const whole = ctranslate2File({ variables: [weight, scale], aliases: [['b/weight', 'a/weight']] });
    await expect(openCtranslate2(save(Buffer.concat([whole, Buffer.alloc(1)])))).rejects.toMatchObject({
      code: 'InvalidFormat',
      message: expect.stringContaining('1 more bytes'),
    });
    for (let length = 0; length < whole.length; length++) {
      await expect(openCtranslate2(save(whole.subarray(0, length)))).rejects.toMatchObject({ code: 'InvalidFormat' });
    }
  });

  it('refuses files of other kinds', async () => {
    for (const content of ['', 'GGUF\x03\0\0\0', '{"weight_map": {}}', 'PK\x03\x04 a PyTorch archive']) {
      await expect(openCtranslate2(save(Buffer.from(content, 'latin1')))).rejects.toMatchObject({
        code: 'InvalidFormat',
      });
    }
    await expect(openCtranslate2(join(folder, 'missing'))).rejects.toMatchObject({ code: 'NotFound' });
  });
});
