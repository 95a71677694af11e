/** The path of an audio file, its bytes, or decoded samples. */
export type AudioInput = string | Uint8Array | AudioSamples;

/** Mono, −1 to 1. */
export interface AudioSamples {
  readonly samples: Float32Array;
  /** In Hz. */
  readonly sampleRate: number;
}
