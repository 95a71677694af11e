import type { EncodingLibav } from './encoding-libav.js';
import { FrameEncoder, type FrameEncoderOptions } from './frame-encoder.js';
import type { SampleEncoder } from './sample-encoder.js';

export interface PacketFileParts {
  /** In front of all packets, as long as the file's length is not known. */
  start?(encoder: FrameEncoder): Uint8Array;
  /** What is written for a packet. */
  packet(bytes: Uint8Array): readonly Uint8Array[];
  /** What `start` is once the length is known. */
  header?(encoder: FrameEncoder): Uint8Array;
}

/** A format whose files are an encoder's packets, one behind the other. */
export function packetFile(libav: EncodingLibav, options: FrameEncoderOptions, parts: PacketFileParts): SampleEncoder {
  let pieces: Uint8Array[] = [];
  const encoder = new FrameEncoder(libav, options, (packet) => pieces.push(...parts.packet(encoder.bytesOf(packet))));
  if (parts.start) pieces.push(parts.start(encoder));
  const ready = (): Uint8Array[] => {
    const taken = pieces;
    pieces = [];
    return taken;
  };
  return {
    push(samples) {
      encoder.push(samples);
      return ready();
    },
    finish() {
      encoder.finish();
      return { pieces: ready(), header: parts.header?.(encoder) };
    },
    close: () => encoder.close(),
  };
}
