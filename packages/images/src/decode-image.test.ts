import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { TurnTaker } from '@ferrum/registry/concurrency';
import { FerrumError } from '@ferrum/registry/errors';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { type DecodeOptions, decodeImage } from './decode-image.js';

const fixture = (name: string) => readFile(new URL(`./fixtures/${name}`, import.meta.url));
const decode = (bytes: Uint8Array, options: Partial<DecodeOptions> = {}) =>
  decodeImage(bytes, { maxPixels: 1_000_000, ...options }, new TurnTaker());

async function failure(bytes: Uint8Array, options?: Partial<DecodeOptions>): Promise<FerrumError> {
  const thrown: unknown = await decode(bytes, options).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!FerrumError.isInstance(thrown)) throw new Error(`no FerrumError but ${String(thrown)}`);
  return thrown;
}

const svg =
  '<svg xmlns="http://www.w3.org/2000/svg" width="6" height="4"><rect width="3" height="4" fill="#f00"/></svg>';
const svgFiles: readonly (readonly [string, Uint8Array])[] = [
  ['plain', Buffer.from(svg)],
  ['with a byte order mark', Buffer.from(`\uFEFF${svg}`)],
  ['after a declaration and comments', Buffer.from(`<?xml version="1.0"?>\n<!-- <a> --><!-- b -->\n${svg}`)],
  ['after a document type', Buffer.from(`<!DOCTYPE svg [<!ENTITY a "b">]>\n${svg}`)],
  ['compressed', gzipSync(svg)],
];

describe('SVG', () => {
  it.each(svgFiles)('is refused naming the option: %s', async (_, bytes) => {
    const { code, message } = await failure(bytes);
    expect(code).toBe('Unsupported');
    expect(message).toMatch(/SVG.* allowSvg/);
  });

  it.each(svgFiles)('is drawn on white with allowSvg: %s', async (_, bytes) => {
    const { width, height, pixels } = await decode(bytes, { allowSvg: true });
    expect([width, height]).toEqual([6, 4]);
    expect([...pixels.subarray(0, 3)]).toEqual([255, 0, 0]);
    expect([...pixels.subarray(15, 18)]).toEqual([255, 255, 255]);
  });

  it('is held to the pixel limit', async () => {
    const large = Buffer.from(svg.replace('width="6" height="4"', 'width="60000" height="40000"'));
    expect((await failure(large, { allowSvg: true })).code).toBe('RequestValidation');
  });

  it('is looked for in no time, whatever the markup before it', async () => {
    const tricky = [`${'<!-- -->'.repeat(8000)}x`, `<!DOCTYPE ${'a'.repeat(60000)}`, `${'<!'.repeat(30000)}`];
    for (const text of tricky) expect((await failure(Buffer.from(text))).code).toBe('InvalidFormat');
  });
});

describe('what is no image that is read', () => {
  it.each([
    ['a bitmap', () => fixture('picture.bmp'), 'image/bmp'],
    ['a PDF', async () => Buffer.from('%PDF-1.7\n1 0 obj\n'), 'application/pdf'],
    ['HEIC', async () => Buffer.from('\0\0\0\x18ftypheic\0\0\0\0heicmif1', 'latin1'), 'image/heic'],
    ['compressed text', async () => gzipSync('no image'), 'application/gzip'],
  ])('is named: %s', async (_, read, name) => {
    const { code, message } = await failure(await read());
    expect(code).toBe('Unsupported');
    expect(message).toContain(name);
    expect(message).toContain('JPEG, PNG, WebP, GIF, TIFF and AVIF');
  });

  it.each([
    ['a text', Buffer.from('Not an image, but a few words about one.')],
    ['HTML', Buffer.from('<!DOCTYPE html><html><body><svg></svg></body></html>')],
    ['zeros', Buffer.alloc(100)],
  ])('is in no known format: %s', async (_, bytes) => {
    expect(await failure(bytes)).toMatchObject({ code: 'InvalidFormat', message: expect.stringContaining('no known') });
  });
});

describe('the pixel limit', () => {
  it('refuses a decompression bomb by its header, naming the option', async () => {
    const { code, message } = await failure(await fixture('bomb.png'));
    expect(code).toBe('RequestValidation');
    expect(message).toContain('50000 × 50000');
    expect(message).toContain('maxImagePixels');
  });

  it('includes the limit itself', async () => {
    const bytes = await fixture('rgb.png');
    await expect(decode(bytes, { maxPixels: 61 * 47 })).resolves.toMatchObject({ width: 61, height: 47 });
    expect((await failure(bytes, { maxPixels: 61 * 47 - 1 })).code).toBe('RequestValidation');
  });

  it('refuses a needle whose edge is endless', async () => {
    const create = { width: 70_000, height: 1, channels: 3, background: 'red' } as const;
    const needle = await sharp({ create }).tiff({ compression: 'deflate' }).toBuffer();
    expect(await failure(needle)).toMatchObject({
      code: 'RequestValidation',
      message: expect.stringContaining('65535'),
    });
  });
});

const formats = ['rgb.png', 'progressive.jpg', 'still.gif', 'alpha.webp', 'pages.tif', 'picture.avif'];

describe('a damaged image', () => {
  it.each(formats)('is refused where it is cut off: %s', async (name) => {
    const bytes = await fixture(name);
    for (const share of [0.3, 0.5, 0.7]) {
      const { code } = await failure(bytes.subarray(0, Math.floor(bytes.length * share)));
      expect(code).toBe('InvalidFormat');
    }
  });

  it('is refused for a wrong checksum', async () => {
    const bytes = await fixture('rgb.png');
    bytes[bytes.length - 13]! ^= 0xff;
    expect(await failure(bytes)).toMatchObject({ code: 'InvalidFormat', message: expect.stringContaining('PNG') });
  });

  it('is refused for a size of zero', async () => {
    const bytes = await fixture('rgb.png');
    bytes.fill(0, 16, 24);
    expect((await failure(bytes)).code).toBe('InvalidFormat');
  });

  it.each(formats)('gives pixels or a FerrumError, whatever is overwritten: %s', async (name) => {
    const bytes = await fixture(name);
    const change = fc.record({ at: fc.nat(bytes.length - 1), with: fc.uint8Array({ minLength: 1, maxLength: 8 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const damaged = Uint8Array.from(bytes);
        for (const { at, with: values } of changes) damaged.set(values.subarray(0, bytes.length - at), at);
        const result: unknown = await decode(damaged).catch((error: unknown) => error);
        if (FerrumError.isInstance(result)) return;
        const { width, height, pixels } = result as Awaited<ReturnType<typeof decode>>;
        expect(pixels.length).toBe(width * height * 3);
      }),
      { numRuns: 40 },
    );
  });

  it('is told from random bytes behind the start of another', async () => {
    const start = (await fixture('rgb.png')).subarray(0, 16);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (rest) => {
        expect((await failure(Buffer.concat([start, rest]))).code).toBe('InvalidFormat');
      }),
      { numRuns: 40 },
    );
  });

  it('is still read where only something follows it or a comment looks like SVG', async () => {
    const bytes = await fixture('progressive.jpg');
    const expected = await decode(bytes);
    expect(await decode(Buffer.concat([bytes, Buffer.from(svg)]))).toEqual(expected);
    const comment = Buffer.from(`\xff\xfe\0\0${svg}`, 'latin1');
    comment.writeUInt16BE(comment.length - 2, 2);
    expect(await decode(Buffer.concat([bytes.subarray(0, 2), comment, bytes.subarray(2)]))).toEqual(expected);
  });
});

it('does not manage colours', async () => {
  const bytes = await fixture('rgb.png');
  const tagged = await sharp(bytes).withIccProfile('p3').png().toBuffer();
  const untouched = await sharp(tagged, { ignoreIcc: true }).raw().toBuffer();
  expect(Buffer.from((await decode(tagged)).pixels)).toEqual(untouched);
  expect(untouched).not.toEqual(await sharp(bytes).raw().toBuffer());
});

it('lays transparency on white where asked to, as Pillow does it, and drops it otherwise', async () => {
  const rgba = Uint8Array.of(200, 100, 0, 255, 200, 100, 0, 128, 200, 100, 0, 0);
  const png = await sharp(rgba, { raw: { width: 3, height: 1, channels: 4 } })
    .png()
    .toBuffer();
  const decode = async (alpha?: 'white') => [
    ...(await decodeImage(png, { maxPixels: 100, ...(alpha && { alpha }) }, new TurnTaker())).pixels,
  ];
  expect(await decode()).toEqual([200, 100, 0, 200, 100, 0, 200, 100, 0]);
  expect(await decode('white')).toEqual([200, 100, 0, 227, 177, 127, 255, 255, 255]);
});
