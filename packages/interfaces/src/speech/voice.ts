export interface Voice {
  /** What `SpeechOptions.voice` takes. */
  readonly id: string;
  /** BCP 47. */
  readonly language: string;
  readonly gender?: 'female' | 'male' | 'neutral';
  /** In Hz. */
  readonly sampleRate: number;
  /** SPDX identifier, or the licence's name. */
  readonly license?: string;
}
