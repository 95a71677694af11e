import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ImageInput } from '@ferrum/interfaces';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readImageBytes } from './read-image.js';

const limit = { maxBytes: 1000 };
const read = (input: ImageInput) => readImageBytes(input, limit);
const image = fc.uint8Array({ minLength: 24, maxLength: 400 });
const isPosix = process.platform !== 'win32';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ferrum-image-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('readImageBytes', () => {
  it('hands bytes on as they are', async () => {
    const bytes = Uint8Array.of(1, 2, 3);
    expect(await read(bytes)).toBe(bytes);
  });

  it('reads a file', async () => {
    const path = join(folder, 'picture');
    await writeFile(path, 'some bytes');
    expect(Buffer.from(await read(path)).toString()).toBe('some bytes');
  });

  it('prefers a file to base64', async () => {
    const name = 'A'.repeat(40);
    await writeFile(join(folder, name), 'the file');
    const before = process.cwd();
    process.chdir(folder);
    try {
      expect(Buffer.from(await read(name)).toString()).toBe('the file');
    } finally {
      process.chdir(before);
    }
  });

  it('reads base64 of either alphabet, padded or not, and broken into lines', async () => {
    await fc.assert(
      fc.asyncProperty(image, async (bytes) => {
        const base64 = Buffer.from(bytes).toString('base64');
        const forms = [base64, base64.replace(/=+$/, ''), Buffer.from(bytes).toString('base64url'), lines(base64)];
        for (const form of forms) expect(Uint8Array.from(await read(form))).toEqual(bytes);
      }),
    );
  });

  it('reads data URLs', async () => {
    await fc.assert(
      fc.asyncProperty(image, async (bytes) => {
        const base64 = Buffer.from(bytes).toString('base64');
        const escaped = [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
        const forms = [
          `data:image/png;base64,${base64}`,
          `DATA:;charset=x; base64,${lines(base64)}`,
          `data:image/png;base64,${encodeURIComponent(base64)}`,
          `data:,${escaped}`,
        ];
        for (const form of forms) expect(Uint8Array.from(await read(form))).toEqual(bytes);
      }),
    );
    expect(Buffer.from(await read('data:image/svg+xml,<svg>é%20%C3%A9</svg>')).toString()).toBe('<svg>é é</svg>');
  });
});

describe('readImageBytes refuses', () => {
  it.each([
    ['no comma', 'data:image/png;base64'],
    ['no base64', 'data:image/png;base64,!!!!'],
    ['base64 of an impossible length', 'data:;base64,AAAAA'],
    ['a bad escape', 'data:,%4'],
    ['nothing', 'data:,'],
    ['an empty string', ''],
    ['no bytes', new Uint8Array()],
    ['another type', 7 as unknown as string],
    ['null', null as unknown as string],
    ['another view', new Float32Array(3) as unknown as Uint8Array],
  ])('%s', async (_, input) => {
    await expect(read(input)).rejects.toMatchObject({ code: 'RequestValidation' });
  });

  it.each(['missing.png', 'images/cat', 'a\0b', '日本.png', `${'x'.repeat(5000)}.png`])(
    'what is neither a file nor base64: %j',
    async (input) => {
      const message = expect.stringMatching(/no file .*not an image in base64/);
      await expect(read(input)).rejects.toMatchObject({ code: 'NotFound', message });
    },
  );

  it('a URL, saying that it is not fetched', async () => {
    const message = expect.stringContaining('hand over the bytes');
    await expect(read('https://example.com/cat.png')).rejects.toMatchObject({ code: 'NotFound', message });
  });

  it('a folder and an empty file', async () => {
    await expect(read(folder)).rejects.toMatchObject({ code: 'RequestValidation', message: /folder/ });
    await writeFile(join(folder, 'empty'), '');
    await expect(read(join(folder, 'empty'))).rejects.toMatchObject({ code: 'RequestValidation', message: /empty/ });
  });

  it.skipIf(!isPosix)('a device and a pipe, without waiting for them', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    for (const path of ['/dev/zero', pipe]) {
      await expect(read(path)).rejects.toMatchObject({ code: 'RequestValidation', message: /device/ });
    }
  });

  it.skipIf(!isPosix || process.getuid?.() === 0)('a file that may not be read', async () => {
    const path = join(folder, 'secret');
    await writeFile(path, 'x');
    await chmod(path, 0);
    await expect(read(path)).rejects.toMatchObject({ code: 'PermissionDenied' });
  });

  it('more bytes than the limit, naming the option, in each form', async () => {
    const path = join(folder, 'large');
    await writeFile(path, '');
    await truncate(path, 1e12);
    const base64 = Buffer.alloc(1001).toString('base64');
    for (const input of [path, base64, `data:;base64,${base64}`, `data:,${'a'.repeat(1001)}`, new Uint8Array(1001)]) {
      const message = expect.stringContaining('maxImageBytes');
      await expect(read(input)).rejects.toMatchObject({ code: 'RequestValidation', message });
    }
    expect(await read(new Uint8Array(1000))).toHaveLength(1000);
  });

  it('to begin once the signal has fired', async () => {
    const cancelled = readImageBytes(new Uint8Array(3), { ...limit, signal: AbortSignal.abort() });
    await expect(cancelled).rejects.toMatchObject({ code: 'Cancelled' });
  });
});

function lines(base64: string): string {
  return base64.replace(/.{40}/g, '$&\r\n ');
}
