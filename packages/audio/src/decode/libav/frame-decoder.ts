import { FerrumError } from '@ferrum/registry/errors';
import type { SampleBlock } from '../worker/block-reader.js';
import type { Libav } from './libav.js';
import { MonoGraph, type MonoGraphOutput, type PcmShape } from './mono-graph.js';

/** Packets of one stream in, mono samples out. */
export class FrameDecoder {
  readonly #libav: Libav;
  readonly #output: MonoGraphOutput;
  readonly #context: number;
  readonly #frame: number;
  #graph: MonoGraph | undefined;

  /** @param parameters a pointer to the stream's AVCodecParameters; 0 for a stream that describes itself */
  constructor(libav: Libav, codec: number, parameters: number, output: MonoGraphOutput) {
    this.#libav = libav;
    this.#output = output;
    this.#context = libav.avcodec_alloc_context3_sync(codec);
    this.#frame = libav.av_frame_alloc_sync();
    let result = parameters === 0 ? 0 : libav.avcodec_parameters_to_context_sync(this.#context, parameters);
    if (result >= 0) result = libav.avcodec_open2_sync(this.#context, codec, 0);
    if (result < 0) {
      this.close();
      const message = `The audio's decoder does not accept its description: ${libav.ff_error_sync(result)}. The file is probably damaged.`;
      throw new FerrumError('InvalidFormat', message);
    }
  }

  /** @param packet a pointer, 0 for the end. Data that cannot be decoded is left out, as players do. */
  push(packet: number): SampleBlock[] {
    const libav = this.#libav;
    const blocks: SampleBlock[] = [];
    libav.avcodec_send_packet_sync(this.#context, packet);
    while (libav.avcodec_receive_frame_sync(this.#context, this.#frame) >= 0) {
      if (libav.AVFrame_nb_samples_sync(this.#frame) > 0) blocks.push(...this.#convert());
      libav.av_frame_unref_sync(this.#frame);
    }
    return blocks;
  }

  finish(): SampleBlock[] {
    return [...this.push(0), ...(this.#graph?.finish() ?? [])];
  }

  close(): void {
    this.#graph?.close();
    this.#libav.av_frame_free_js_sync(this.#frame);
    this.#libav.avcodec_free_context_js_sync(this.#context);
  }

  #convert(): SampleBlock[] {
    const libav = this.#libav;
    const shape: PcmShape = {
      format: libav.AVFrame_format_sync(this.#frame),
      sampleRate: libav.AVFrame_sample_rate_sync(this.#frame),
      channels: libav.AVFrame_channels_sync(this.#frame),
      channelMask: libav.AVFrame_channel_layout_sync(this.#frame),
    };
    const blocks: SampleBlock[] = [];
    if (!this.#graph?.takes(shape)) {
      // The stream changed its rate or channels: what the old filter holds comes first.
      blocks.push(...(this.#graph?.finish() ?? []));
      this.#graph?.close();
      this.#graph = undefined;
      this.#graph = new MonoGraph(libav, shape, this.#output);
    }
    blocks.push(...this.#graph.pushFrame(this.#frame));
    return blocks;
  }
}
