import { FerrumError } from '@ferrum/registry/errors';
import { channelMaskOf, mostChannels } from './channel-mask.js';
import { type Libav, type LibavPcm, sampleFormat } from './libav.js';

/** Rates that can be resampled from and to, in Hz. */
export const rateRange = { lowest: 1000, highest: 768_000 } as const;

/**
 * FFmpeg's resampler (libswresample) with twice its default filter length: between 44.1 or 48 kHz and 16 kHz flat
 * within 0.1 dB up to 7.2 kHz, −90 dB from 8.5 kHz on. With the default length it is −1 dB and −26 dB.
 */
const filterLength = 64;

export interface PcmShape {
  /** One of FFmpeg's AVSampleFormat. */
  readonly format: number;
  readonly sampleRate: number;
  readonly channels: number;
  /** 0 when the file does not say where its channels are heard. */
  readonly channelMask: number;
}

export interface MonoGraphOutput {
  readonly sampleRate: number;
  /** `s16` is rounded as FFmpeg rounds, to 16-bit integers. */
  readonly format: 's16' | 'f32';
}

/**
 * Mixes channels down to one and resamples, piece by piece, with FFmpeg's libswresample.
 *
 * Two channels are averaged; more are weighted as FFmpeg does it by the place of each loudspeaker, with weights that
 * add up to 1 (5.1: centre 1, left and right √½, side ½ each … divided by their sum; the low frequencies are left out).
 */
export class MonoGraph {
  readonly shape: PcmShape;
  readonly #libav: Libav;
  readonly #output: MonoGraphOutput;
  readonly #mask: number;
  readonly #graph: number;
  readonly #source: number;
  readonly #sink: number;
  readonly #frame: number;
  #position = 0;
  #isClosed = false;

  /** @throws FerrumError `Unsupported` for a rate or a number of channels out of range. */
  constructor(libav: Libav, shape: PcmShape, output: MonoGraphOutput) {
    requireRate(shape.sampleRate);
    requireRate(output.sampleRate);
    this.#mask = channelMaskOf(shape.channels, shape.channelMask);
    if (this.#mask === 0) {
      const message = `The audio has ${shape.channels} channels without a known arrangement; at most ${mostChannels} can be mixed down. Convert it to mono or stereo.`;
      throw new FerrumError('Unsupported', message, { details: { channels: shape.channels } });
    }
    this.#libav = libav;
    this.shape = shape;
    this.#output = output;
    const { sampleRate } = shape;
    const filters = `aresample=${output.sampleRate}:filter_size=${filterLength}:internal_sample_fmt=fltp`;
    [this.#graph, this.#source, this.#sink] = libav.ff_init_filter_graph_sync(
      filters,
      { sample_fmt: shape.format, sample_rate: sampleRate, channel_layout: this.#mask, time_base: [1, sampleRate] },
      { sample_fmt: sampleFormat[output.format], sample_rate: output.sampleRate, channel_layout: 4, frame_size: 0 },
    );
    this.#frame = libav.av_frame_alloc_sync();
  }

  /** True for a frame whose samples this graph takes. */
  takes(shape: PcmShape): boolean {
    const { format, sampleRate, channels } = this.shape;
    return format === shape.format && sampleRate === shape.sampleRate && channels === shape.channels;
  }

  /** Takes what a decoder put into `frame`, and empties it. */
  pushFrame(frame: number): (Int16Array | Float32Array)[] {
    const libav = this.#libav;
    libav.AVFrame_channel_layout_s_sync(frame, this.#mask);
    // Timestamps of damaged files jump; the samples follow on each other whatever they say.
    this.#stamp(frame, libav.AVFrame_nb_samples_sync(frame));
    return this.#filter(frame);
  }

  /** Takes interleaved samples. */
  push(data: LibavPcm['data']): (Int16Array | Float32Array)[] {
    const { format, sampleRate, channels } = this.shape;
    const frames = data.length / channels;
    this.#libav.ff_copyin_frame_sync(this.#frame, {
      ...{ format, data, channels, channel_layout: this.#mask, sample_rate: sampleRate, nb_samples: frames },
      ...{ pts: 0, ptshi: 0 },
    });
    this.#stamp(this.#frame, frames);
    return this.#filter(this.#frame);
  }

  /** What the filter still holds once all has been pushed. */
  finish(): (Int16Array | Float32Array)[] {
    return this.#filter(0);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#libav.av_frame_free_js_sync(this.#frame);
    this.#libav.avfilter_graph_free_js_sync(this.#graph);
  }

  #stamp(frame: number, samples: number): void {
    this.#libav.AVFrame_pts_s_sync(frame, this.#position % 2 ** 32);
    this.#libav.AVFrame_ptshi_s_sync(frame, Math.floor(this.#position / 2 ** 32));
    this.#position += samples;
  }

  #filter(frame: number): (Int16Array | Float32Array)[] {
    const libav = this.#libav;
    const added = libav.av_buffersrc_add_frame_flags_sync(this.#source, frame, keepReference);
    if (frame !== 0) libav.av_frame_unref_sync(frame);
    if (added < 0) throw resamplingFailed(libav.ff_error_sync(added));
    const pieces: (Int16Array | Float32Array)[] = [];
    for (;;) {
      const got = libav.av_buffersink_get_frame_sync(this.#sink, this.#frame);
      if (got === -libav.EAGAIN || got === libav.AVERROR_EOF) return pieces;
      if (got < 0) throw resamplingFailed(libav.ff_error_sync(got));
      const count = libav.AVFrame_nb_samples_sync(this.#frame);
      const pointer = libav.AVFrame_data_a_sync(this.#frame, 0);
      pieces.push(
        this.#output.format === 's16' ? libav.copyout_s16_sync(pointer, count) : libav.copyout_f32_sync(pointer, count),
      );
      libav.av_frame_unref_sync(this.#frame);
    }
  }
}

/** AV_BUFFERSRC_FLAG_KEEP_REF: the frame stays ours. */
const keepReference = 8;

/** @throws FerrumError `Unsupported` that names the rate and the range. */
export function requireRate(sampleRate: number): void {
  const { lowest, highest } = rateRange;
  if (Number.isFinite(sampleRate) && sampleRate >= lowest && sampleRate <= highest) return;
  const message = `The audio has a sample rate of ${sampleRate} Hz; from ${lowest} to ${highest} Hz is supported.`;
  throw new FerrumError('Unsupported', message, { details: { sampleRate } });
}

function resamplingFailed(reason: string): FerrumError {
  return new FerrumError('InvalidFormat', `The audio could not be resampled: ${reason}.`);
}
