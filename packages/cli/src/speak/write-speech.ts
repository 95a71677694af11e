import type { EncodeOptions } from '@ferrum/audio';
import type { CommandContext } from '../context.js';
import type { SampleConsumer } from './sample-feed.js';
import type { SpeakFlags } from './speak-flags.js';
import type { SpeechTarget } from './speech-target.js';

type WrittenTarget = Exclude<SpeechTarget, { readonly kind: 'nowhere' }>;

/**
 * Encodes samples to where they are to go. A file appears under its name once it is whole; standard output gets the bytes
 * as they come.
 *
 * The consumer throws FerrumError as `encodeAudio`, `writeAudioFile` and `Output.write`.
 *
 * @param inputSampleRate In Hz.
 * @param onFile Told the sample rate of a file that was written, in Hz.
 */
export function writeSpeech(
  target: WrittenTarget,
  inputSampleRate: number,
  flags: SpeakFlags,
  { stdout, signal }: Pick<CommandContext, 'stdout' | 'signal'>,
  onFile: (sampleRate: number) => void,
): SampleConsumer {
  const options = { ...encodeOptionsOf(target, flags, inputSampleRate), signal };
  return async (samples) => {
    const { encodeAudio, writeAudioFile } = await import('@ferrum/audio');
    if (target.kind === 'file') {
      const written = await writeAudioFile(target.path, samples, options);
      onFile(Math.round(written.samples / written.seconds));
    } else for await (const bytes of encodeAudio(samples, options)) await stdout.write(bytes);
  };
}

export function encodeOptionsOf(
  { format }: WrittenTarget,
  { sampleRate, bitRate }: Pick<SpeakFlags, 'sampleRate' | 'bitRate'>,
  inputSampleRate: number,
): EncodeOptions {
  return {
    format,
    inputSampleRate,
    ...(sampleRate !== undefined && { sampleRate }),
    ...(bitRate !== undefined && { bitRate }),
  };
}
