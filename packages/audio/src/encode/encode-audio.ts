import { encodeBlocks, requireChunks, type SampleChunks } from './encode-blocks.js';
import { checkEncodeOptions, type EncodeOptions } from './encode-options.js';

/**
 * Encodes mono samples to the bytes of a file while they come, in a thread. The bytes of early chunks are there before
 * the last chunk is; a chunk is asked for when more bytes are. Leaving the loop early ends the encoding.
 *
 * Samples beyond −1 to 1 are clipped. A wav of unknown length has the sizes that endless ones have (0xFFFFFFFF). No
 * samples at all make an empty wav or pcm, and are an error in other formats.
 *
 * @param chunks of any lengths; one array of samples is given as `[samples]`
 * @throws FerrumError at once: `InvalidParameter`, `Unsupported` (over 4 GiB of wav), `Cancelled`; in the loop also
 *   `InvalidParameter` for NaN or infinite samples, and whatever the chunks throw
 */
export function encodeAudio(chunks: SampleChunks, options: EncodeOptions): AsyncIterable<Uint8Array> {
  const settings = checkEncodeOptions(options);
  requireChunks(chunks);
  return encodeBlocks(chunks, { settings, signal: options.signal, isFile: false });
}
