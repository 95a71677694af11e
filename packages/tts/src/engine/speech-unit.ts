/** A stretch of speech that is synthesised in one run: a clause or a sentence. */
export interface SpeechUnit {
  readonly ids: readonly number[];
  readonly words: readonly UnitWord[];
  /** Silence after it, in seconds. */
  readonly pause: number;
  /** What of it could not be spoken as written; a sentence each. */
  readonly warnings: readonly string[];
}

/** A word of the text and the ids that say it, from `first` up to before `end`. */
export interface UnitWord {
  readonly word: string;
  readonly first: number;
  readonly end: number;
}
