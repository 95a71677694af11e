import type { AudioFormat } from '@ferrum/audio';
import type { SpeechOptions } from '@ferrum/interfaces';
import type { EngineFlags } from '../engine-flags.js';

/** The flags of `ferrum speak` as commander hands them over, in range already. */
export interface SpeakFlags extends EngineFlags {
  readonly model: string;
  readonly voice?: string;
  readonly language?: string;
  readonly speed?: number;
  readonly seed?: number;
  readonly noiseScale?: number;
  readonly durationNoiseScale?: number;
  readonly lengthScale?: number;
  readonly loudness?: number;
  readonly sentencePause?: number;
  readonly emoji?: 'drop' | 'name';
  readonly words?: true;

  readonly format?: AudioFormat;
  /** In Hz. */
  readonly sampleRate?: number;
  /** In bits a second. */
  readonly bitRate?: number;
  readonly output?: string;
  readonly play?: true;
  readonly json?: true;
}

/** What the flags ask of a call; what is not given is left to the engine. */
export function speechOptionsOf(flags: SpeakFlags): SpeechOptions {
  const { voice, language, speed, seed, loudness, sentencePause, emoji, words } = flags;
  const { noiseScale, durationNoiseScale, lengthScale } = flags;
  return {
    ...(voice !== undefined && { voice }),
    ...(language !== undefined && { language }),
    ...(speed !== undefined && { speed }),
    ...(seed !== undefined && { seed }),
    ...(noiseScale !== undefined && { noiseScale }),
    ...(durationNoiseScale !== undefined && { durationNoiseScale }),
    ...(lengthScale !== undefined && { lengthScale }),
    ...(loudness !== undefined && { loudness }),
    ...(sentencePause !== undefined && { sentencePause }),
    ...(emoji !== undefined && { emoji }),
    ...(words && { wordTimestamps: true }),
  };
}
