export interface Voice {
  /** What `SpeechOptions.voice` takes. */
  readonly id: string;
  /** BCP 47. */
  readonly language: string;
  readonly gender?: 'female' | 'male' | 'neutral';
  /** In Hz. */
  readonly sampleRate: number;
  /** Of whom or what it is, e.g. the name of a data set. */
  readonly description?: string;
  /** SPDX identifier, or the licence's name. */
  readonly license?: string;
}
