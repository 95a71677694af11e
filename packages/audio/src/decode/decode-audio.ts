import { decodeBlocks } from './decode-blocks.js';
import { checkAudioInput, checkLoadOptions, type LoadOptions } from './load-options.js';

/** Mono, at 16 kHz; 16-bit integers that stand for −1 to 1 in steps of 1/32768. About a second. */
export interface DecodedBlock {
  readonly samples: Int16Array;
  /** Position of its first sample. */
  readonly start: number;
}

/**
 * Decodes an audio or video file, or its bytes, to 16 kHz mono, in a thread of its own that runs a few seconds ahead
 * of its reader. A file is read piece by piece. Leaving the loop early ends the decoding.
 *
 * @param audio a path or bytes, in any format of the README's list; recognised by its content
 * @throws FerrumError `InvalidFormat`, `Unsupported`, `InvalidParameter` (over a limit), `NotFound`,
 *   `PermissionDenied`, `IO`, `Cancelled`
 */
export async function* decodeAudio(
  audio: string | Uint8Array,
  options: LoadOptions = {},
): AsyncGenerator<DecodedBlock, void, undefined> {
  checkAudioInput(audio);
  const { signal, ...limits } = checkLoadOptions(options);
  const output = { sampleRate: 16000, format: 's16' } as const;
  const isPath = typeof audio === 'string';
  const input = isPath ? ({ kind: 'path', path: audio } as const) : ({ kind: 'bytes', size: audio.length } as const);
  const blocks = decodeBlocks(
    { input, output, ...limits },
    isPath ? undefined : audio,
    isPath ? audio : 'The audio',
    signal,
  );
  let start = 0;
  for await (const samples of blocks) {
    if (!(samples instanceof Int16Array)) continue;
    yield { samples, start };
    start += samples.length;
  }
}
