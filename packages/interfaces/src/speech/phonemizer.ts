import type { CallOptions } from '../engine/call-options.js';

/** Turns text into the phonemes that a speech model reads. */
export interface Phonemizer extends AsyncDisposable {
  readonly specificationVersion: '1';
  /**
   * IPA with stress marks, one string per clause, each ending in the clause's punctuation.
   * @param language BCP 47.
   * @throws FerrumError `Unsupported` for a language not among `languages()`, `Cancelled`.
   */
  phonemize(text: string, language: string, options?: CallOptions): Promise<readonly string[]>;
  /** BCP 47. */
  languages(): Promise<readonly string[]>;
}
