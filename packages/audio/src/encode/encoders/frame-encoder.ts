import { sampleFormat } from '../../decode/libav/libav.js';
import { type EncodingLibav, requireDone } from './encoding-libav.js';
import { clipped, toInt16 } from './sample-encoder.js';

export interface FrameEncoderOptions {
  /** FFmpeg's name of the encoder. */
  readonly codec: 'libmp3lame' | 'libopus' | 'flac' | 'aac';
  readonly sampleRate: number;
  /** 0 for one that is lossless. */
  readonly bitRate: number;
}

/** What an encoder takes. Planar floats are FFmpeg's number 8; for mono they are laid out as the others are. */
const inputs = {
  libmp3lame: { number: 8, kind: 'planar' },
  libopus: { number: sampleFormat.f32, kind: 'floats' },
  flac: { number: sampleFormat.s16, kind: 'integers' },
  aac: { number: 8, kind: 'planar' },
} as const;

/** FFmpeg's mask of loudspeakers for mono. */
const mono = 4;

/** Mono samples in, an encoder's packets out. */
export class FrameEncoder {
  /** A pointer to the AVCodecContext. */
  readonly context: number;
  readonly #libav: EncodingLibav;
  readonly #options: FrameEncoderOptions;
  readonly #frame: number;
  readonly #packet: number;
  /** Samples in a frame. */
  readonly frameSize: number;
  readonly #held: Float32Array;
  #heldCount = 0;
  #position = 0;
  #isClosed = false;

  /** @param onPacket gets a pointer to each packet, whose contents last as long as the call */
  constructor(
    libav: EncodingLibav,
    options: FrameEncoderOptions,
    private readonly onPacket: (packet: number) => void,
  ) {
    this.#libav = libav;
    this.#options = options;
    const { codec, sampleRate, bitRate } = options;
    const ctx = {
      ...{ sample_rate: sampleRate, sample_fmt: inputs[codec].number, channel_layout: mono, channels: 1 },
      ...(bitRate > 0 && { bit_rate: bitRate }),
    };
    const opened = libav.ff_init_encoder_sync(codec, { ctx, time_base: [1, sampleRate] });
    [, this.context, this.#frame, this.#packet, this.frameSize] = opened;
    this.#held = new Float32Array(this.frameSize);
  }

  /** Samples that it was given. */
  get sampleCount(): number {
    return this.#position + this.#heldCount;
  }

  push(samples: Float32Array): void {
    for (let taken = 0; taken < samples.length; ) {
      const part = samples.subarray(taken, taken + this.frameSize - this.#heldCount);
      this.#held.set(part, this.#heldCount);
      this.#heldCount += part.length;
      taken += part.length;
      if (this.#heldCount === this.frameSize) this.#encodeHeld();
    }
  }

  finish(): void {
    if (this.#heldCount > 0) this.#encodeHeld();
    this.#send(0);
  }

  /** A codec's own description of the stream. */
  get extraData(): Uint8Array {
    const libav = this.#libav;
    const size = libav.AVCodecContext_extradata_size_sync(this.context);
    return libav.copyout_u8_sync(libav.AVCodecContext_extradata_sync(this.context), size).slice();
  }

  /** A packet's bytes, copied. */
  bytesOf(packet: number): Uint8Array {
    const libav = this.#libav;
    return libav.copyout_u8_sync(libav.AVPacket_data_sync(packet), libav.AVPacket_size_sync(packet)).slice();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#libav.ff_free_encoder_sync(this.context, this.#frame, this.#packet);
  }

  #encodeHeld(): void {
    const { codec, sampleRate } = this.#options;
    const { number, kind } = inputs[codec];
    const samples = this.#held.subarray(0, this.#heldCount);
    const data = kind === 'integers' ? toInt16(samples) : clipped(samples);
    this.#libav.ff_copyin_frame_sync(this.#frame, {
      ...{ format: number, channels: 1, channel_layout: mono, sample_rate: sampleRate, nb_samples: samples.length },
      ...{ pts: this.#position % 2 ** 32, ptshi: Math.floor(this.#position / 2 ** 32) },
      data: kind === 'planar' && data instanceof Float32Array ? [data] : data,
    });
    this.#position += samples.length;
    this.#heldCount = 0;
    this.#send(this.#frame);
    this.#libav.av_frame_unref_sync(this.#frame);
  }

  #send(frame: number): void {
    const libav = this.#libav;
    requireDone(libav, libav.avcodec_send_frame_sync(this.context, frame), 'Encoding');
    for (;;) {
      const received = libav.avcodec_receive_packet_sync(this.context, this.#packet);
      if (received === -libav.EAGAIN || received === libav.AVERROR_EOF) return;
      requireDone(libav, received, 'Encoding');
      this.onPacket(this.#packet);
      libav.av_packet_unref_sync(this.#packet);
    }
  }
}
