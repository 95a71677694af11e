import type { TranscriptionWord } from '@ferrum/interfaces';
import type { SubtitleOptions } from './subtitle-options.js';

/** A silence that ends a cue which goes across segments, in seconds. */
const longPause = 3;

/**
 * Gathers words into cues: lists of words with the white space and line breaks between them. The layout is that of
 * openai/whisper's `SubtitlesWriter`.
 */
export class WordLines {
  #cue: TranscriptionWord[] = [];
  #lineLength = 0;
  #lineCount = 1;
  #lastStart: number | undefined;
  readonly #wordsPerCue: number;
  readonly #lineWidth: number;
  readonly #linesPerCue: number;
  readonly #keepsSegments: boolean;

  constructor({ maxLineWidth, maxLineCount, maxWordsPerLine }: SubtitleOptions) {
    this.#wordsPerCue = maxWordsPerLine ?? Number.POSITIVE_INFINITY;
    this.#lineWidth = maxLineWidth ?? Number.POSITIVE_INFINITY;
    this.#linesPerCue = maxLineCount ?? Number.POSITIVE_INFINITY;
    this.#keepsSegments = maxLineCount === undefined;
  }

  /** The cues that a segment's words complete. */
  *add(words: readonly TranscriptionWord[]): Generator<readonly TranscriptionWord[]> {
    for (const [index, word] of words.entries()) {
      if (this.#keepsSegments && index % this.#wordsPerCue === 0) yield* this.finish();
      yield* this.#addWord(word);
    }
    if (this.#keepsSegments) yield* this.finish();
  }

  /** The cue that is not complete yet, if any. */
  *finish(): Generator<readonly TranscriptionWord[]> {
    const cue = this.#cue;
    this.#cue = [];
    this.#lineLength = 0;
    this.#lineCount = 1;
    if (cue.length > 0) yield cue;
  }

  *#addWord(word: TranscriptionWord): Generator<readonly TranscriptionWord[]> {
    const isAfterPause = !this.#keepsSegments && word.start - (this.#lastStart ?? word.start) > longPause;
    this.#lastStart = word.start;
    const length = characters(word.word);
    if (this.#lineLength > 0 && this.#lineLength + length <= this.#lineWidth && !isAfterPause) {
      this.#lineLength += length;
      this.#cue.push(word);
      return;
    }
    const text = word.word.trim();
    if (isAfterPause || this.#lineCount >= this.#linesPerCue) yield* this.finish();
    const breaksLine = this.#lineLength > 0;
    if (breaksLine) this.#lineCount++;
    this.#lineLength = characters(text);
    this.#cue.push({ ...word, word: breaksLine ? `\n${text}` : text });
  }
}

function characters(text: string): number {
  return [...text].length;
}
