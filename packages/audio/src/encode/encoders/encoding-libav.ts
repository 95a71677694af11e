import { FerrumError } from '@ferrum/registry/errors';
import { type Libav, type LibavBuild, type LibavPcm, loadLibav } from '../../decode/libav/libav.js';

/** The part of libav.js that encoders and muxers use; names and meanings are FFmpeg's. */
export interface EncodingLibav extends Omit<Libav, 'ff_copyin_frame_sync'> {
  /** Called with what a muxer writes; there is one for all of them. */
  onwrite?: (name: string, position: number, bytes: Uint8Array | Int8Array) => void;

  ff_init_encoder_sync(
    name: string,
    options: { readonly ctx: EncoderContext; readonly time_base: readonly [number, number] },
  ): [codec: number, context: number, frame: number, packet: number, frameSize: number];
  ff_free_encoder_sync(context: number, frame: number, packet: number): void;
  /** Planar formats have an array of channels. */
  ff_copyin_frame_sync(
    frame: number,
    source: Omit<LibavPcm, 'data'> & { readonly data: LibavPcm['data'] | readonly Float32Array[] },
  ): void;
  avcodec_send_frame_sync(context: number, frame: number): number;
  avcodec_receive_packet_sync(context: number, packet: number): number;
  AVCodecContext_extradata_sync(context: number): number;
  AVCodecContext_extradata_size_sync(context: number): number;
  AVPacket_data_sync(packet: number): number;
  AVPacket_size_sync(packet: number): number;
  AVPacket_stream_index_s_sync(packet: number, index: number): void;

  mkstreamwriterdev_sync(name: string): void;
  ff_init_muxer_sync(
    options: { readonly format_name: string; readonly filename: string; readonly open: true },
    streams: readonly (readonly [context: number, timeBaseNumerator: number, timeBaseDenominator: number])[],
  ): [muxer: number, format: number, output: number, streams: number[]];
  ff_free_muxer_sync(muxer: number, output: number): void;
  av_opt_set_sync(object: number, name: string, value: string, searchFlags: number): number;
  avformat_write_header_sync(muxer: number, options: number): number;
  av_write_frame_sync(muxer: number, packet: number): number;
  av_write_trailer_sync(muxer: number): number;
}

interface EncoderContext {
  readonly sample_rate: number;
  readonly sample_fmt: number;
  readonly channel_layout: number;
  readonly channels: number;
  readonly bit_rate?: number;
}

/** Loads a build, for its encoders. */
export async function loadEncodingLibav(build: LibavBuild): Promise<EncodingLibav> {
  return (await loadLibav(build)) as Libav & EncodingLibav;
}

/** @throws FerrumError `Internal` when FFmpeg reports an error */
export function requireDone(libav: EncodingLibav, result: number, what: string): void {
  if (result >= 0) return;
  throw new FerrumError('Internal', `${what} failed: ${libav.ff_error_sync(result)}.`);
}
