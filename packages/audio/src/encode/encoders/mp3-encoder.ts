import { loadEncodingLibav } from './encoding-libav.js';
import { infoFrame } from './mp3-info-frame.js';
import { packetFile } from './packet-file.js';
import type { SampleEncoder } from './sample-encoder.js';

/** MP3 of a constant bit rate, by LAME; its first frame tells players how much silence of the encoder's to leave out. */
export async function openMp3Encoder(sampleRate: number, bitRate: number): Promise<SampleEncoder> {
  const libav = await loadEncodingLibav('common');
  let frames = 0;
  let bytes = 0;
  return packetFile(
    libav,
    { codec: 'libmp3lame', sampleRate, bitRate },
    {
      start: () => infoFrame({ sampleRate, bitRate }),
      packet(frame) {
        frames++;
        bytes += frame.length;
        return [frame];
      },
      header: ({ sampleCount }) => infoFrame({ sampleRate, bitRate, length: { frames, bytes, sampleCount } }),
    },
  );
}
