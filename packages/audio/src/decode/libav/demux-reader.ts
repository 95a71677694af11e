import { FerrumError } from '@ferrum/registry/errors';
import type { BlockReader, SampleBlock } from '../worker/block-reader.js';
import type { ByteSource } from '../worker/byte-source.js';
import { type Libav, type LibavBuild, type LibavStream, loadLibav } from './libav.js';
import type { MonoGraphOutput } from './mono-graph.js';
import { openPacketDecoder, type PacketDecoder } from './packet-decoder.js';

/**
 * Reads the first audio stream that can be decoded, of a container that FFmpeg knows.
 * @param build the one that has the container's demuxer
 * @throws FerrumError `InvalidFormat` when it is no audio or video file, `Unsupported` for one without audio or with
 *   a codec that is not there
 */
export async function openDemuxReader(
  source: ByteSource,
  build: LibavBuild,
  output: MonoGraphOutput,
): Promise<BlockReader> {
  const libav = await loadLibav(build);
  const { demuxer, streams, device } = await openContainer(libav, source);
  const close = async (): Promise<void> => {
    await libav.avformat_close_input_js(demuxer);
    await device.close();
  };
  try {
    const audio = streams.filter((stream) => stream.codec_type === libav.AVMEDIA_TYPE_AUDIO);
    const { stream, decoder } = await firstDecodable(libav, audio, output);
    for (const other of streams) if (other !== stream) libav.AVStream_discard_s_sync(other.ptr, discardAll);
    return read(libav, demuxer, device, stream, decoder, close);
  } catch (error) {
    await close();
    throw error;
  }
}

export function unknownFormat(): FerrumError {
  const message =
    'The data is in no audio format that is supported: WAV, MP3, FLAC, Ogg (Vorbis, Opus, FLAC), WebM or Matroska, MP4/M4A (AAC) and AAC. Its name does not count, its content does.';
  return new FerrumError('InvalidFormat', message);
}

interface Container {
  readonly demuxer: number;
  readonly streams: readonly LibavStream[];
  readonly device: Device;
}

async function openContainer(libav: Libav, source: ByteSource): Promise<Container> {
  const device = await openDevice(libav, source);
  try {
    const [demuxer, streams] = await libav.ff_init_demuxer_file(device.name);
    return { demuxer, streams, device };
  } catch (error) {
    await device.close();
    device.rethrow();
    if (error instanceof Error && error.name === 'RuntimeError') throw error;
    throw unknownFormat();
  }
}

async function firstDecodable(
  libav: Libav,
  audio: readonly LibavStream[],
  output: MonoGraphOutput,
): Promise<{ readonly stream: LibavStream; readonly decoder: PacketDecoder }> {
  for (const stream of audio) {
    const decoder = await openPacketDecoder(libav, stream, output);
    if (decoder) return { stream, decoder };
  }
  if (audio.length === 0) {
    throw new FerrumError('Unsupported', 'The file has no audio stream; give one that has sound.');
  }
  const codecs = audio.map((stream) => libav.avcodec_get_name_sync(stream.codec_id));
  const message = `The file's audio is in ${codecs.join(' and ')}, which cannot be decoded; convert it to WAV, FLAC, MP3, Opus or AAC.`;
  throw new FerrumError('Unsupported', message, { details: { codecs } });
}

function read(
  libav: Libav,
  demuxer: number,
  device: Device,
  stream: LibavStream,
  decoder: PacketDecoder,
  close: () => Promise<void>,
): BlockReader {
  const packet = libav.av_packet_alloc_sync();
  let isFinished = false;
  return {
    async next() {
      if (isFinished) return undefined;
      const blocks: SampleBlock[] = [];
      for (const until = performance.now() + stepMs; performance.now() < until; ) {
        const result = await libav.av_read_frame(demuxer, packet);
        device.rethrow();
        if (result === -libav.EAGAIN) continue;
        if (result < 0) {
          // The end, or damage that the demuxer finds no way around: what came before it counts.
          isFinished = true;
          blocks.push(...decoder.finish());
          break;
        }
        if (libav.AVPacket_stream_index_sync(packet) === stream.index) blocks.push(...decoder.push(packet));
        libav.av_packet_unref_sync(packet);
      }
      return blocks;
    },
    async close() {
      libav.av_packet_free_js_sync(packet);
      decoder.close();
      await close();
    },
  };
}

/** AVDISCARD_ALL */
const discardAll = 48;
/** How long a step takes; a cancellation is heard between two of them. */
const stepMs = 10;
/** At least so many bytes are read at once. */
const readAhead = 1 << 18;

interface Device {
  readonly name: string;
  /** Throws what reading the source failed with. FFmpeg itself takes a failure for the end of the file. */
  rethrow(): void;
  close(): Promise<void>;
}

/** Makes the source a file of libav.js's own file system. */
async function openDevice(libav: Libav, source: ByteSource): Promise<Device> {
  const name = 'input';
  let failure: unknown;
  libav.onblockread = async (_, position, length) => {
    try {
      const data = await source.read(position, Math.max(length, readAhead));
      libav.ff_block_reader_dev_send_sync(name, position, data.length === 0 ? null : data);
    } catch (error) {
      failure = error;
      libav.ff_block_reader_dev_send_sync(name, position, null);
    }
  };
  await libav.mkblockreaderdev(name, source.size);
  return {
    name,
    rethrow() {
      if (failure !== undefined) throw failure;
    },
    async close() {
      delete libav.onblockread;
      await libav.unlink(name);
    },
  };
}
