import { createRequire } from 'node:module';
import { dirname } from 'node:path';

/**
 * FFmpeg's libraries as WebAssembly: libav.js, LGPL-2.1, unmodified, in a package of its own. Two of its builds are needed:
 * - `common`: MP3, FLAC, Ogg, WebM; MP3, FLAC, Vorbis and Opus; the audio filters.
 * - `mpeg4`: MP4 and AAC, older, since the project publishes no newer build with them.
 */
export type LibavBuild = 'common' | 'mpeg4';

/** The part of libav.js that is used here; names and meanings are FFmpeg's. Pointers are numbers, errors negative ones. */
export interface Libav {
  readonly AVERROR_EOF: number;
  readonly EAGAIN: number;
  readonly AVMEDIA_TYPE_AUDIO: number;
  /** Called when the demuxer wants bytes of a block device; answered by `ff_block_reader_dev_send_sync`. */
  onblockread?: (name: string, position: number, length: number) => void | Promise<void>;

  mkblockreaderdev(name: string, size: number): Promise<void>;
  unlink(name: string): Promise<void>;
  ff_init_demuxer_file(name: string): Promise<[number, LibavStream[]]>;
  av_read_frame(demuxer: number, packet: number): Promise<number>;
  avformat_close_input_js(demuxer: number): Promise<void>;

  ff_block_reader_dev_send_sync(name: string, position: number, data: Uint8Array | null, options?: object): void;
  av_log_set_level_sync(level: number): void;
  ff_error_sync(code: number): string;
  AVStream_discard_s_sync(stream: number, value: number): void;

  avcodec_parameters_alloc_sync(): number;
  avcodec_parameters_free_js_sync(parameters: number): void;
  AVCodecParameters_codec_id_sync(parameters: number): number;
  AVCodecParameters_codec_id_s_sync(parameters: number, value: number): void;
  AVCodecParameters_codec_type_s_sync(parameters: number, value: number): void;
  AVCodecParameters_sample_rate_sync(parameters: number): number;
  AVCodecParameters_sample_rate_s_sync(parameters: number, value: number): void;
  AVCodecParameters_channels_sync(parameters: number): number;
  AVCodecParameters_channels_s_sync(parameters: number, value: number): void;
  AVCodecParameters_extradata_sync(parameters: number): number;
  AVCodecParameters_extradata_s_sync(parameters: number, pointer: number): void;
  AVCodecParameters_extradata_size_sync(parameters: number): number;
  AVCodecParameters_extradata_size_s_sync(parameters: number, value: number): void;
  calloc_sync(count: number, size: number): number;
  copyin_u8_sync(pointer: number, bytes: Uint8Array): void;
  copyout_u8_sync(pointer: number, length: number): Uint8Array;

  avcodec_get_name_sync(codecId: number): string;
  avcodec_find_decoder_sync(codecId: number): number;
  avcodec_find_decoder_by_name_sync(name: string): number;
  avcodec_alloc_context3_sync(codec: number): number;
  avcodec_parameters_to_context_sync(context: number, parameters: number): number;
  avcodec_open2_sync(context: number, codec: number, options: number): number;
  avcodec_send_packet_sync(context: number, packet: number): number;
  avcodec_receive_frame_sync(context: number, frame: number): number;
  avcodec_free_context_js_sync(context: number): void;

  av_packet_alloc_sync(): number;
  av_packet_unref_sync(packet: number): void;
  av_packet_free_js_sync(packet: number): void;
  ff_copyout_packet_sync(packet: number): LibavPacket;
  ff_copyin_packet_sync(packet: number, source: LibavPacket): void;
  AVPacket_stream_index_sync(packet: number): number;

  av_frame_alloc_sync(): number;
  av_frame_unref_sync(frame: number): void;
  av_frame_free_js_sync(frame: number): void;
  AVFrame_format_sync(frame: number): number;
  AVFrame_sample_rate_sync(frame: number): number;
  AVFrame_channels_sync(frame: number): number;
  AVFrame_channel_layout_sync(frame: number): number;
  AVFrame_channel_layout_s_sync(frame: number, mask: number): void;
  AVFrame_nb_samples_sync(frame: number): number;
  AVFrame_data_a_sync(frame: number, plane: number): number;
  AVFrame_pts_s_sync(frame: number, low: number): void;
  AVFrame_ptshi_s_sync(frame: number, high: number): void;

  ff_init_filter_graph_sync(
    filters: string,
    input: LibavFilterEnd & { readonly time_base: readonly [number, number] },
    output: LibavFilterEnd & { readonly frame_size: number },
  ): [graph: number, source: number, sink: number];
  av_buffersrc_add_frame_flags_sync(source: number, frame: number, flags: number): number;
  av_buffersink_get_frame_sync(sink: number, frame: number): number;
  avfilter_graph_free_js_sync(graph: number): void;
  ff_copyin_frame_sync(frame: number, source: LibavPcm): void;
  copyout_s16_sync(pointer: number, count: number): Int16Array;
  copyout_f32_sync(pointer: number, count: number): Float32Array;
}

/** With `data` come timestamps and side data, which say e.g. how many samples of an encoder's delay to drop. */
export interface LibavPacket {
  readonly data: Uint8Array;
}

export interface LibavStream {
  readonly ptr: number;
  readonly index: number;
  readonly codecpar: number;
  readonly codec_type: number;
  readonly codec_id: number;
}

interface LibavFilterEnd {
  readonly sample_fmt: number;
  readonly sample_rate: number;
  /** A mask of speakers, WAVE's and FFmpeg's numbering. */
  readonly channel_layout: number;
}

/** Interleaved samples to copy into a frame. */
export interface LibavPcm {
  readonly format: number;
  readonly data: Uint8Array | Int16Array | Int32Array | Float32Array;
  readonly channels: number;
  readonly channel_layout: number;
  readonly sample_rate: number;
  readonly nb_samples: number;
  readonly pts: number;
  readonly ptshi: number;
}

/** FFmpeg's AVSampleFormat, interleaved ones. */
export const sampleFormat = { u8: 0, s16: 1, s32: 2, f32: 3 } as const;

const loaded = new Map<LibavBuild, Promise<Libav>>();

/** Loads a build once for each thread: about 50 ms. */
export function loadLibav(build: LibavBuild): Promise<Libav> {
  let libav = loaded.get(build);
  if (!libav) {
    libav = instantiate(build);
    loaded.set(build, libav);
  }
  return libav;
}

interface LibavFactory {
  LibAV(options: { readonly noworker: true; readonly nothreads: true; readonly base: string }): Promise<Libav>;
}

async function instantiate(build: LibavBuild): Promise<Libav> {
  // CommonJS is the one form that both have.
  const require = createRequire(import.meta.url);
  const module = `@ferrum/libav/${build}`;
  const factory: LibavFactory = require(module);
  // Without it the second build would look for its files beside those of the first.
  const base = dirname(require.resolve(module));
  const libav = await factory.LibAV({ noworker: true, nothreads: true, base });
  // Quiet: what FFmpeg has to say reaches people as errors, not on their terminal.
  libav.av_log_set_level_sync(-8);
  return libav;
}
