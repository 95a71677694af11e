import { TurnTaker, WorkLimit } from '@ferrum/registry/concurrency';
import { FerrumError } from '@ferrum/registry/errors';
import { type DecodeOptions, decodeImage } from './decode-image.js';
import type { ImagePreprocessing, ImageSize } from './image-preprocessing.js';
import { pixelValues } from './pixel-values.js';
import { type Raster, type Region, resample } from './resample.js';

/** One is decoded while another is resized: more would only hold more decoded pictures, and the event loop for longer. */
const limit = new WorkLimit(2);

/**
 * What a vision encoder reads of an image file: float32 [3, height, width], red, green, blue, as the image processors of
 * `transformers` make it with Pillow. Decoding runs on a thread of its own; the rest yields to the event loop.
 * @param into Where to write; of exactly that many values.
 * @throws FerrumError `Unsupported` for a format that isn't read, `InvalidFormat` for a damaged file, `RequestValidation`
 * for too many pixels, `InvalidParameter` for an `into` of another length, `Cancelled`.
 */
export async function preprocessImage(
  bytes: Uint8Array,
  preprocessing: ImagePreprocessing,
  options: DecodeOptions,
  into?: Float32Array,
): Promise<Float32Array> {
  const values = 3 * preprocessing.width * preprocessing.height;
  if (into && into.length !== values) {
    throw new FerrumError('InvalidParameter', `The preprocessed image takes ${values} values, not ${into.length}.`);
  }
  const { raster, left, top } = await limit.run(
    async () => {
      const turns = new TurnTaker({ stretchMs: 2, signal: options.signal, what: 'Reading the image' });
      return resizeVisible(await decodeImage(bytes, options, turns), preprocessing, turns);
    },
    options.signal,
    'Reading the image',
  );
  const output = into ?? new Float32Array(values);
  const { scale, normalization, width } = preprocessing;
  for (let channel = 0; channel < 3; channel++) {
    const plane = output.subarray((channel * values) / 3, ((channel + 1) * values) / 3);
    const table = pixelValues(scale, normalization, channel);
    // What the picture leaves free is black.
    plane.fill(table[0]!);
    for (let y = 0; y < raster.height; y++) {
      let at = y * raster.width * 3 + channel;
      const row = (top + y) * width + left;
      for (let x = 0; x < raster.width; x++, at += 3) plane[row + x] = table[raster.pixels[at]!]!;
    }
  }
  return output;
}

/** The resized picture as far as it is seen, and where its corner lies in the final image. */
async function resizeVisible(
  picture: Raster,
  { resize, crop, width, height }: ImagePreprocessing,
  turns: TurnTaker,
): Promise<{ readonly raster: Raster; readonly left: number; readonly top: number }> {
  const size = resize ? resizedSize(picture, resize.size) : picture;
  const columns = crop ? centred(size.width, width) : { from: 0, count: size.width, offset: 0 };
  const rows = crop ? centred(size.height, height) : { from: 0, count: size.height, offset: 0 };
  const region: Region = { left: columns.from, top: rows.from, width: columns.count, height: rows.count };
  const raster = await resample(picture, size, resize?.filter ?? 'nearest', region, turns);
  return { raster, left: columns.offset, top: rows.offset };
}

function resizedSize({ width, height }: ImageSize, size: number | ImageSize): ImageSize {
  if (typeof size !== 'number') return size;
  return width <= height
    ? { width: size, height: Math.trunc((size * height) / width) }
    : { width: Math.trunc((size * width) / height), height: size };
}

/** What is cut of one axis and where it goes; the odd pixel is dropped at the end, or missing there, as `transformers` has it. */
function centred(length: number, wanted: number): { from: number; count: number; offset: number } {
  const from = Math.floor((length - wanted) / 2);
  return { from: Math.max(0, from), count: Math.min(length, wanted), offset: Math.max(0, -from) };
}
