import type { SampleBlock } from '../worker/block-reader.js';
import { FrameDecoder } from './frame-decoder.js';
import { type Libav, type LibavStream, loadLibav } from './libav.js';
import type { MonoGraphOutput } from './mono-graph.js';

export interface PacketDecoder {
  /** @param packet a pointer in the demuxer's memory */
  push(packet: number): SampleBlock[];
  finish(): SampleBlock[];
  close(): void;
}

/**
 * A decoder for a stream, of its demuxer's build of FFmpeg or of the other one (AAC in Matroska, MP3 in MP4): then
 * packets are carried over from one build's memory to the other's.
 * @returns undefined when neither knows the codec
 */
export async function openPacketDecoder(
  demuxing: Libav,
  stream: LibavStream,
  output: MonoGraphOutput,
): Promise<PacketDecoder | undefined> {
  const own = demuxing.avcodec_find_decoder_sync(stream.codec_id);
  if (own !== 0) return new FrameDecoder(demuxing, own, stream.codecpar, output);
  for (const build of ['common', 'mpeg4'] as const) {
    const libav = await loadLibav(build);
    const codec = libav.avcodec_find_decoder_sync(stream.codec_id);
    if (codec !== 0) return carryingDecoder(demuxing, stream, libav, codec, output);
  }
  return undefined;
}

function carryingDecoder(
  demuxing: Libav,
  stream: LibavStream,
  libav: Libav,
  codec: number,
  output: MonoGraphOutput,
): PacketDecoder {
  const parameters = copyParameters(demuxing, stream.codecpar, libav);
  let decoder: FrameDecoder;
  try {
    decoder = new FrameDecoder(libav, codec, parameters, output);
  } finally {
    libav.avcodec_parameters_free_js_sync(parameters);
  }
  const own = libav.av_packet_alloc_sync();
  return {
    push(packet) {
      libav.ff_copyin_packet_sync(own, demuxing.ff_copyout_packet_sync(packet));
      const blocks = decoder.push(own);
      libav.av_packet_unref_sync(own);
      return blocks;
    },
    finish: () => decoder.finish(),
    close() {
      libav.av_packet_free_js_sync(own);
      decoder.close();
    },
  };
}

/** What an audio decoder needs to know; the numbers of codecs are the same in all of FFmpeg's versions. */
function copyParameters(from: Libav, source: number, to: Libav): number {
  const target = to.avcodec_parameters_alloc_sync();
  to.AVCodecParameters_codec_type_s_sync(target, to.AVMEDIA_TYPE_AUDIO);
  to.AVCodecParameters_codec_id_s_sync(target, from.AVCodecParameters_codec_id_sync(source));
  to.AVCodecParameters_sample_rate_s_sync(target, from.AVCodecParameters_sample_rate_sync(source));
  to.AVCodecParameters_channels_s_sync(target, from.AVCodecParameters_channels_sync(source));
  const size = from.AVCodecParameters_extradata_size_sync(source);
  if (size === 0) return target;
  const extra = to.calloc_sync(size + decoderPadding, 1);
  to.copyin_u8_sync(extra, from.copyout_u8_sync(from.AVCodecParameters_extradata_sync(source), size));
  to.AVCodecParameters_extradata_s_sync(target, extra);
  to.AVCodecParameters_extradata_size_s_sync(target, size);
  return target;
}

/** AV_INPUT_BUFFER_PADDING_SIZE: zeros that decoders may read beyond the end. */
const decoderPadding = 64;
