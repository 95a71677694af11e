import type { TurnTaker } from '@ferrum/registry/concurrency';
import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';
import type { Metadata, Sharp, SharpOptions } from 'sharp';
import { detectImageFormat, type ImageFormat } from './image-format.js';
import type { Raster } from './resample.js';

export interface DecodeOptions {
  /** Width × height; checked before anything is decoded. */
  readonly maxPixels: number;
  readonly allowSvg?: boolean;
  /** What becomes of transparency: it is dropped, as `load_image` does, or lies on white. Default `drop`. */
  readonly alpha?: 'drop' | 'white';
  readonly signal?: AbortSignal | undefined;
}

/**
 * Decodes as Pillow does, and as `load_image` of `transformers` then makes it RGB: turned upright by its EXIF orientation,
 * alpha dropped and not blended unless asked for, no colour management, the high byte of 16 bits, the first frame or page. An SVG, which Pillow
 * doesn't know, is drawn on white.
 * @throws FerrumError `Unsupported` for another format, `InvalidFormat` for a damaged one, `RequestValidation` for too many
 * pixels, `Cancelled`.
 */
export async function decodeImage(bytes: Uint8Array, options: DecodeOptions, turns: TurnTaker): Promise<Raster> {
  const { maxPixels, allowSvg = false, alpha = 'drop', signal } = options;
  const format = await detectImageFormat(bytes, allowSvg);
  const { default: sharp } = await loadSharp();
  const open = (limit: number | false): Sharp =>
    sharp(bytes, {
      failOn: 'error',
      ignoreIcc: true,
      autoOrient: true,
      limitInputPixels: limit,
    } satisfies SharpOptions);
  // Without a limit: this reads the header only, and the error can then say how large the image is.
  const header = await open(false)
    .metadata()
    .catch((cause) => Promise.reject(damaged(format, cause)));
  checkHeader(header, format, maxPixels);
  throwIfAborted(signal, 'Reading the image');
  const image = open(maxPixels);
  if (format === 'svg') image.flatten({ background: 'white' });
  const isCmyk = header.space === 'cmyk';
  if (isCmyk) image.pipelineColourspace('cmyk');
  const isBlended = alpha === 'white' && header.hasAlpha && !isCmyk && format !== 'svg';
  const { data, info } = await (isBlended ? image.ensureAlpha() : image.removeAlpha())
    .toColourspace(isCmyk ? 'cmyk' : 'srgb')
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch((cause) => Promise.reject(damaged(format, cause)));
  throwIfAborted(signal, 'Reading the image');
  const { width, height, channels } = info;
  if (channels !== (isCmyk || isBlended ? 4 : 3)) throw unsupportedLayout(format, `${channels} channels`);
  const toRgb = isCmyk ? inkToLight : isBlended ? ontoWhite : undefined;
  return { width, height, pixels: toRgb ? await withoutFourth(data, width, toRgb, turns) : data };
}

/** With the first image: who embeds texts never waits for it. */
function loadSharp(): Promise<typeof import('sharp')> {
  return import('sharp').catch((cause: unknown) => {
    const message =
      'Images are decoded by the package sharp, which is not installed, or has no library for this platform: npm install sharp.';
    throw new FerrumError('Unsupported', message, { cause });
  });
}

/** As in a JPEG. The weights of a longer one, for which there is no use, would take a lot of memory. */
const longestEdge = 65_535;

function checkHeader(
  { format: found, width, height, space, depth }: Metadata,
  format: ImageFormat,
  limit: number,
): void {
  // Only the decoder of the format that was looked for may get at the bytes.
  if (found !== (format === 'avif' ? 'heif' : format)) {
    throw new FerrumError('InvalidFormat', `The image starts like ${format} but reads as ${found}.`);
  }
  if (width * height > limit) {
    const message = `The image has ${width} × ${height} pixels, more than the ${limit} of the option maxImagePixels.`;
    throw new FerrumError('RequestValidation', message, { details: { width, height, limit } });
  }
  if (Math.max(width, height) > longestEdge) {
    const message = `The image has ${width} × ${height} pixels; no edge may be longer than ${longestEdge}.`;
    throw new FerrumError('RequestValidation', message, { details: { width, height } });
  }
  if (space === 'cmyk' && depth !== 'uchar') throw unsupportedLayout(format, 'CMYK of more than 8 bits');
}

function damaged(format: ImageFormat, cause: unknown): FerrumError {
  const [reason = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
  const message = `The image (${format.toUpperCase()}) cannot be decoded; it is damaged or cut off: ${reason}`;
  return new FerrumError('InvalidFormat', message, { cause, details: { format } });
}

function unsupportedLayout(format: ImageFormat, what: string): FerrumError {
  return new FerrumError('Unsupported', `The image (${format.toUpperCase()}) has ${what}; save it as RGB.`);
}

/** Makes a value of a channel from the channel's own and the fourth channel's. */
type Blend = (value: number, fourth: number) => number;

/** Without a colour profile: what ink leaves of white, `(255 - ink) × (255 - black) / 255`, rounded. */
const inkToLight: Blend = (ink, black) => Math.round(((255 - ink) * (255 - black)) / 255);

/** Porter and Duff's "over", on white. */
const ontoWhite: Blend = (value, alpha) => Math.round((value * alpha + 255 * (255 - alpha)) / 255);

async function withoutFourth(data: Uint8Array, width: number, blend: Blend, turns: TurnTaker): Promise<Uint8Array> {
  const pixels = new Uint8Array((data.length / 4) * 3);
  let written = 0;
  for (let row = 0; row < data.length; row += width * 4) {
    const turn = turns.next();
    if (turn) await turn;
    for (let at = row; at < row + width * 4; at += 4) {
      const fourth = data[at + 3]!;
      for (let channel = 0; channel < 3; channel++) pixels[written++] = blend(data[at + channel]!, fourth);
    }
  }
  return pixels;
}
