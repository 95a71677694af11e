export interface InfoFrameOptions {
  readonly sampleRate: number;
  readonly bitRate: number;
  /** Absent while the audio goes on. */
  readonly length?: {
    /** Of audio, without this frame. */
    readonly frames: number;
    readonly bytes: number;
    /** That went into the encoder. */
    readonly sampleCount: number;
  };
}

/** Samples that LAME puts in front (`lame_get_encoder_delay`); a decoder adds 529 of its own. */
const encoderDelay = 576;

/**
 * A silent frame in front of the others that describes them: the "Info" tag of constant bit rates with LAME's
 * extension ("MP3 Info Tag revision 1"). Decoders that know it leave the encoder's silence out.
 *
 * @param options while the length is not known its number of bytes is the largest, as in an endless wav, and the
 *   number of frames is left out: FFmpeg would take a tag without either for audio
 */
export function infoFrame({ sampleRate, bitRate, length }: InfoFrameOptions): Uint8Array {
  const isMpeg1 = sampleRate >= 32_000;
  const size = Math.floor(((isMpeg1 ? 144 : 72) * bitRate) / sampleRate);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  const text = (offset: number, characters: string): void => bytes.set(new TextEncoder().encode(characters), offset);

  // Sync word, version, layer III, no checksum; bit rate and sample rate by number; mono.
  const rates = isMpeg1 ? [44_100, 48_000, 32_000] : [22_050, 24_000, 16_000];
  const bitRates = isMpeg1 ? mpeg1BitRates : mpeg2BitRates;
  const numbers = ((bitRates.indexOf(bitRate / 1000) + 1) << 4) | (rates.indexOf(sampleRate) << 2);
  bytes.set([0xff, isMpeg1 ? 0xfb : 0xf3, numbers, 0xc0]);

  // The side information of a mono frame is left at 0: silence.
  let offset = 4 + (isMpeg1 ? 17 : 9);
  text(offset, 'Info');
  view.setUint32(offset + 4, length ? flags.frames | flags.bytes : flags.bytes);
  offset += 8;
  if (length) {
    view.setUint32(offset, length.frames);
    offset += 4;
  }
  view.setUint32(offset, length ? Math.min(length.bytes + size, 0xffffffff) : 0xffffffff);
  offset += 4;

  text(offset, 'LAME3.100');
  // Method 1: constant bit rate.
  bytes[offset + 9] = 1;
  bytes[offset + 20] = Math.min(255, bitRate / 1000);
  const samplesPerFrame = isMpeg1 ? 1152 : 576;
  const padding = length ? length.frames * samplesPerFrame - encoderDelay - length.sampleCount : 0;
  // 12 bits each.
  bytes.set([encoderDelay >> 4, ((encoderDelay & 15) << 4) | (padding >> 8), padding & 0xff], offset + 21);
  if (length) view.setUint32(offset + 28, Math.min(length.bytes + size, 0xffffffff));
  return bytes;
}

const flags = { frames: 1, bytes: 2 };

/** In kbit/s, from number 1 on (ISO/IEC 11172-3 and 13818-3, 2.4.2.3; layer III). */
const mpeg1BitRates = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const mpeg2BitRates = [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
