import { loadEncodingLibav } from './encoding-libav.js';
import { packetFile } from './packet-file.js';
import type { SampleEncoder } from './sample-encoder.js';

/** 16-bit FLAC: the marker, the stream's description and its frames (RFC 9639, 8). */
export async function openFlacEncoder(sampleRate: number): Promise<SampleEncoder> {
  const libav = await loadEncodingLibav('common');
  return packetFile(
    libav,
    { codec: 'flac', sampleRate, bitRate: 0 },
    {
      // Without a length and a checksum so far, which is what a stream may begin with.
      start: ({ extraData }) => flacHeader(extraData),
      // The last packet is empty: it says only that the description has changed.
      packet: (frame) => (frame.length > 0 ? [frame] : []),
      header: ({ extraData }) => flacHeader(extraData),
    },
  );
}

/** The only metadata block, of type 0 (STREAMINFO), 34 bytes; the highest bit says that no other follows. */
function flacHeader(streamInfo: Uint8Array): Uint8Array {
  return Uint8Array.of(...new TextEncoder().encode('fLaC'), 0x80, 0, 0, streamInfo.length, ...streamInfo);
}
