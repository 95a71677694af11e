import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type ImagePreprocessing, type ImageSize, preprocessImage, type ResampleFilter } from '@ferrum/images';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { parsePreprocessorConfig } from './preprocessor-config.js';

/** See fixtures/make.py of @ferrum/images. */
interface Cases {
  readonly filters: readonly ResampleFilter[];
  readonly formats: readonly string[];
  readonly pipelines: readonly {
    readonly image: string;
    readonly config: object;
    readonly shape: readonly [3, number, number];
    readonly values: string;
  }[];
}

const fixture = (name: string) => readFile(new URL(`../../../images/src/fixtures/${name}`, import.meta.url));
const cases = JSON.parse((await fixture('cases.json')).toString()) as Cases;
const options = { maxPixels: 10_000_000 };
const asBytes = { scale: 1, normalization: undefined };

function squash(filter: ResampleFilter, size: ImageSize): ImagePreprocessing {
  return { ...asBytes, ...size, resize: { filter, size }, crop: undefined };
}

/** [3, height, width] of part `index` of pictures that lie one below the other. */
async function expectedPart(name: string, index: number, parts: number): Promise<ImageSize & { planes: Float32Array }> {
  const { data, info } = await sharp(await fixture(name))
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width } = info;
  const height = info.height / parts;
  const start = index * width * height;
  const planes = Float32Array.from({ length: width * height * 3 }, (_, at) => {
    const channel = Math.floor(at / (width * height));
    return data[(start + (at % (width * height))) * 3 + channel]!;
  });
  return { width, height, planes };
}

function meanDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((sum, value, index) => sum + Math.abs(value - b[index]!), 0) / a.length;
}

describe.each(['smaller', 'larger'])('resizing to a %s picture', (direction) => {
  it.each(cases.filters.map((filter, index) => [filter, index] as const))(
    'gives the pixels of Pillow by %s',
    async (filter, index) => {
      const expected = await expectedPart(`filters-${direction}.png`, index, cases.filters.length);
      const pixels = await preprocessImage(await fixture('rgb.png'), squash(filter, expected), options);
      expect(pixels).toEqual(expected.planes);
    },
  );
});

// Only AVIF leaves a decoder some freedom.
it.each(cases.formats.map((name, index) => [name, index] as const))(
  'decodes %s as Pillow does',
  async (name, index) => {
    const expected = await expectedPart('formats.png', index, cases.formats.length);
    const pixels = await preprocessImage(await fixture(name), squash('bicubic', expected), options);
    expect(meanDifference(pixels, expected.planes)).toBeLessThanOrEqual(name.endsWith('.avif') ? 0.5 : 0);
  },
);

describe('a whole image processor of transformers', () => {
  it.each(cases.pipelines)('%#: $config.image_processor_type on $image', async ({ image, config, shape, values }) => {
    const preprocessing = parsePreprocessorConfig(config, 'preprocessor_config.json');
    expect([3, preprocessing.height, preprocessing.width]).toEqual(shape);
    const bytes = Uint8Array.from(Buffer.from(values, 'base64'));
    const pixels = await preprocessImage(await fixture(image), preprocessing, options);
    expect(pixels).toEqual(new Float32Array(bytes.buffer));
  });
});

const photographs = new URL('../../../../../shared/images/', import.meta.url);

describe.each(['dog.jpg', 'coco_000000039769_cats.png'])('%s (needs ../shared; skipped without)', (name) => {
  it.skipIf(!existsSync(photographs))('comes out as from the CLIP processor', async () => {
    const config = { image_processor_type: 'CLIPImageProcessor', do_normalize: false, do_rescale: false };
    const expected = await expectedPart(`photo-${name.replace(/\.\w+$/, '')}.png`, 0, 1);
    const bytes = await readFile(new URL(name, photographs));
    const pixels = await preprocessImage(bytes, parsePreprocessorConfig(config, 'preprocessor_config.json'), options);
    // The issue asks for 1; another build of the decoders may round otherwise.
    expect(meanDifference(pixels, expected.planes)).toBeLessThan(0.01);
  });
});

describe('the result', () => {
  const preprocessing = squash('bicubic', { width: 4, height: 2 });

  it('goes where it is asked to', async () => {
    const into = new Float32Array(3 * 4 * 2);
    expect(await preprocessImage(await fixture('rgb.png'), preprocessing, options, into)).toBe(into);
    expect(into).toEqual(await preprocessImage(await fixture('rgb.png'), preprocessing, options));
  });

  it('leaves nothing of what was there before where the picture does not reach', async () => {
    const padded = { ...asBytes, resize: undefined, crop: { width: 63, height: 47 }, width: 63, height: 47 };
    const into = new Float32Array(3 * 63 * 47).fill(7);
    await preprocessImage(await fixture('rgb.png'), padded, options, into);
    expect(into.filter((_, index) => index % 63 === 0 || index % 63 === 62)).toEqual(new Float32Array(2 * 3 * 47));
  });

  it('is refused another length', async () => {
    const work = preprocessImage(await fixture('rgb.png'), preprocessing, options, new Float32Array(23));
    await expect(work).rejects.toMatchObject({
      code: 'InvalidParameter',
      message: expect.stringContaining('24 values'),
    });
  });

  it('is the same for many at once', async () => {
    const names = cases.formats.filter((name) => name.endsWith('.png'));
    const files = await Promise.all(names.map(fixture));
    const together = await Promise.all(files.map((bytes) => preprocessImage(bytes, preprocessing, options)));
    for (const [index, bytes] of files.entries()) {
      expect(together[index]).toEqual(await preprocessImage(bytes, preprocessing, options));
    }
  });
});

it('ends with Cancelled once the signal has fired, before or during the work', async () => {
  const bytes = await fixture('rgb.png');
  const preprocessing = squash('bicubic', { width: 8, height: 8 });
  const before = preprocessImage(bytes, preprocessing, { ...options, signal: AbortSignal.abort() });
  await expect(before).rejects.toMatchObject({ code: 'Cancelled' });
  const controller = new AbortController();
  const during = preprocessImage(bytes, preprocessing, { ...options, signal: controller.signal });
  controller.abort();
  await expect(during).rejects.toMatchObject({ code: 'Cancelled' });
});
