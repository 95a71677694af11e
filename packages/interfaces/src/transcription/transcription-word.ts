export interface TranscriptionWord {
  /** With its leading space, if any, and joined punctuation. */
  readonly word: string;
  /** In seconds. */
  readonly start: number;
  /** In seconds. */
  readonly end: number;
  /** Mean of its tokens' probabilities, 0 to 1. Absent where a remote server does not tell it. */
  readonly probability?: number;
}
