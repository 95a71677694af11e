import type { Voice } from '@ferrum/interfaces';

/** Phonemes as a model takes them. */
export interface EncodedPhonemes {
  /** Without the ids that the model adds at both ends. */
  readonly ids: readonly number[];
  /** For each id the place of its phoneme in `phonemes`, UTF-16; −1 for padding. */
  readonly places: readonly number[];
  /** In the model's normal form. */
  readonly phonemes: string;
  /** Those that the model does not know, each once; they are left out. */
  readonly unknown: readonly string[];
}

/** A voice that is ready to speak. */
export interface LoadedVoice {
  readonly id: string;
  /** BCP 47. */
  readonly language: string;
  /** What the model needs to know of it. */
  readonly key: VoiceKey;
}

export type VoiceKey =
  | { readonly kind: 'speaker'; readonly speaker: number | undefined }
  /** Rows of `styleSize` values, the n-th for n + 1 phonemes. */
  | { readonly kind: 'style'; readonly styles: Float32Array };

/** How something is to be said. */
export interface Manner {
  readonly key: VoiceKey;
  readonly speed: number;
  readonly noiseScale: number | undefined;
  readonly durationNoiseScale: number | undefined;
  readonly lengthScale: number | undefined;
  /** Of this stretch of speech; the same seed gives the same noise. */
  readonly seed: number;
}

export interface Utterance {
  /** Mono, as the model makes them. */
  readonly samples: Float32Array;
  /** How many frames each id lasts, those at both ends included. */
  readonly durations: Float32Array;
}

/** A model that turns phonemes into sound, one stretch at a time. */
export interface SpeechModel {
  readonly architecture: 'piper' | 'kokoro';
  /** In Hz. */
  readonly sampleRate: number;
  /** Samples of one frame, in which durations are counted. */
  readonly frameSamples: number;
  /** The most phonemes that it can say in one run, as `encode` counts ids. */
  readonly maxIds: number;
  /** Ids that the model adds before the first. */
  readonly leadingIds: number;
  /** Whether its speech varies from run to run, and the noise scales count. */
  readonly hasNoise: boolean;
  readonly voices: readonly Voice[];
  /** @throws FerrumError `NotFound` with the nearest ids, `InvalidParameter` for a blend that is not one, `InvalidFormat` for a damaged file. */
  loadVoice(id: string | undefined): Promise<LoadedVoice>;
  encode(phonemes: string): EncodedPhonemes;
  /** @throws FerrumError `Cancelled`, `Backend`. */
  synthesize(ids: readonly number[], manner: Manner, signal: AbortSignal | undefined): Promise<Utterance>;
  dispose(): Promise<void>;
}
