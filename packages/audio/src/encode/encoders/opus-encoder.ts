import { type EncodingLibav, loadEncodingLibav, requireDone } from './encoding-libav.js';
import { FrameEncoder } from './frame-encoder.js';
import type { SampleEncoder } from './sample-encoder.js';

/** Opus in Ogg pages (RFC 7845) of 100 ms: what a listener waits for; 5 % of the bytes are the pages'. */
export async function openOpusEncoder(sampleRate: number, bitRate: number): Promise<SampleEncoder> {
  const libav = await loadEncodingLibav('common');
  const encoder = new FrameEncoder(libav, { codec: 'libopus', sampleRate, bitRate }, (packet) => muxer.write(packet));
  const muxer = new OggMuxer(libav, encoder.context, sampleRate);
  return {
    push(samples) {
      encoder.push(samples);
      return muxer.ready();
    },
    finish() {
      encoder.finish();
      muxer.finish();
      return { pieces: muxer.ready() };
    },
    close() {
      muxer.close();
      encoder.close();
    },
  };
}

let muxers = 0;
/** What the muxers have written, by the names of their files. */
const outputs = new Map<string, Uint8Array[]>();

class OggMuxer {
  readonly #name = `encoded-${muxers++}.ogg`;
  readonly #muxer: number;
  readonly #output: number;
  #isClosed = false;

  constructor(
    private readonly libav: EncodingLibav,
    encoderContext: number,
    sampleRate: number,
  ) {
    libav.onwrite = (name, _position, bytes) => outputs.get(name)?.push(Uint8Array.from(bytes));
    outputs.set(this.#name, []);
    libav.mkstreamwriterdev_sync(this.#name);
    const options = { format_name: 'ogg', filename: this.#name, open: true } as const;
    [this.#muxer, , this.#output] = libav.ff_init_muxer_sync(options, [[encoderContext, 1, sampleRate]]);
    this.#set('page_duration', '100000');
    // The same bytes for the same samples, instead of a random serial number; and nothing held back.
    this.#set('fflags', '+bitexact+flush_packets');
    requireDone(libav, libav.avformat_write_header_sync(this.#muxer, 0), 'Writing the head of the Ogg stream');
  }

  write(packet: number): void {
    this.libav.AVPacket_stream_index_s_sync(packet, 0);
    requireDone(this.libav, this.libav.av_write_frame_sync(this.#muxer, packet), 'Writing the Ogg stream');
  }

  finish(): void {
    requireDone(this.libav, this.libav.av_write_trailer_sync(this.#muxer), 'Writing the end of the Ogg stream');
  }

  ready(): Uint8Array[] {
    return outputs.get(this.#name)?.splice(0) ?? [];
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.libav.ff_free_muxer_sync(this.#muxer, this.#output);
    outputs.delete(this.#name);
    void this.libav.unlink(this.#name);
  }

  #set(name: string, value: string): void {
    // 1 is AV_OPT_SEARCH_CHILDREN: the format's own options too.
    requireDone(this.libav, this.libav.av_opt_set_sync(this.#muxer, name, value, 1), `Setting ${name}`);
  }
}
