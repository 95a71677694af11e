import { loadEncodingLibav } from './encoding-libav.js';
import { packetFile } from './packet-file.js';
import type { SampleEncoder } from './sample-encoder.js';

/** AAC-LC in ADTS frames; the build of FFmpeg that encodes AAC has no muxer for them. */
export async function openAacEncoder(sampleRate: number, bitRate: number): Promise<SampleEncoder> {
  const libav = await loadEncodingLibav('mpeg4');
  return packetFile(
    libav,
    { codec: 'aac', sampleRate, bitRate },
    { packet: (frame) => [adtsHeader(sampleRate, frame.length), frame] },
  );
}

/** ISO/IEC 14496-3, table 1.18. */
const rateNumbers = [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000];

/** The 7 bytes in front of a frame: AAC-LC, one channel, no checksum (ISO/IEC 14496-3, 1.A.2). */
function adtsHeader(sampleRate: number, payloadSize: number): Uint8Array {
  const size = payloadSize + 7;
  const rate = rateNumbers.indexOf(sampleRate);
  return Uint8Array.of(
    0xff,
    0xf1,
    // Profile 1 is LC; then the rate; the channels' number begins here and ends in the next byte.
    (1 << 6) | (rate << 2),
    (1 << 6) | (size >> 11),
    (size >> 3) & 0xff,
    // A buffer's fullness of 0x7ff says that the bit rate varies.
    ((size & 7) << 5) | 0x1f,
    0xfc,
  );
}
