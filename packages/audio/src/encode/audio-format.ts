import { FerrumError } from '@ferrum/registry/errors';

/** What speech can be written as. */
export const audioFormats = ['wav', 'pcm', 'mp3', 'opus', 'flac', 'aac'] as const;

export type AudioFormat = (typeof audioFormats)[number];

export interface AudioFormatInfo {
  readonly mimeType: string;
  /** Of a file's name, with the dot. */
  readonly extension: string;
  /** In Hz: a list from low to high, or a range of whole numbers. */
  readonly sampleRates: readonly number[] | { readonly lowest: number; readonly highest: number };
  /** In bits a second; absent where the samples are kept as they are. */
  readonly bitRate?: BitRates;
}

export interface BitRates {
  readonly default: number;
  /** A list from low to high, or a range of whole numbers. */
  readonly allowed: readonly number[] | { readonly lowest: number; readonly highest: number };
}

/** Facts of a format. @throws FerrumError `InvalidParameter` for an unknown one, with the names of all */
export function audioFormatInfo(format: AudioFormat): AudioFormatInfo {
  if (Object.hasOwn(infos, format)) return infos[format];
  const message = `The audio format ${JSON.stringify(format)} is unknown; there are ${audioFormats.join(', ')}.`;
  throw new FerrumError('InvalidParameter', message, { details: { parameter: 'format' } });
}

/** Those that the resampler takes. */
const anyRate = { lowest: 1000, highest: 768_000 };

const infos: Readonly<Record<AudioFormat, AudioFormatInfo>> = {
  wav: { mimeType: 'audio/wav', extension: '.wav', sampleRates: anyRate },
  pcm: { mimeType: 'audio/pcm', extension: '.pcm', sampleRates: anyRate },
  mp3: {
    mimeType: 'audio/mpeg',
    extension: '.mp3',
    // MPEG-1 and MPEG-2; the lower rates of "MPEG-2.5" are no standard, and not every player has them.
    sampleRates: [16_000, 22_050, 24_000, 32_000, 44_100, 48_000],
    // Those that MPEG-1 and MPEG-2 share (ISO/IEC 11172-3, 2.4.2.3; 13818-3, 2.4.2.3).
    bitRate: { default: 96_000, allowed: [32, 40, 48, 56, 64, 80, 96, 112, 128, 160].map((kilo) => kilo * 1000) },
  },
  opus: {
    mimeType: 'audio/ogg; codecs=opus',
    extension: '.opus',
    // What it is decoded to, whatever went in (RFC 7845, 5.1).
    sampleRates: [48_000],
    bitRate: { default: 48_000, allowed: { lowest: 6000, highest: 256_000 } },
  },
  flac: {
    mimeType: 'audio/flac',
    extension: '.flac',
    // Those that need no extra bytes in each frame (RFC 9639, 9.1.2).
    sampleRates: [8000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000],
  },
  aac: {
    mimeType: 'audio/aac',
    extension: '.aac',
    // A frame has 1024 samples, one of silence comes first, and ADTS cannot tell players to leave it out. At lower
    // rates what is heard would be over 50 ms longer than what was said.
    sampleRates: [44_100, 48_000],
    bitRate: { default: 96_000, allowed: { lowest: 24_000, highest: 256_000 } },
  },
};
