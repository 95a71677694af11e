/** What is known of a transcription before its first segment. */
export interface TranscriptionStart {
  /** Spoken, ISO 639-1. */
  readonly language: string;
  /** 0 to 1; 1 when the caller named the language or the model knows only one. Absent where a remote server does not tell it. */
  readonly languageProbability?: number;
  /** Of every language, by code; present when the language was detected, unless a remote server does not tell it. */
  readonly languageProbabilities?: Readonly<Record<string, number>>;
  /** Of the audio, in seconds. */
  readonly duration: number;
}
