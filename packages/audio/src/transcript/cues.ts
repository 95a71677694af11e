import type { TranscriptionSegment, TranscriptionWord } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { toMilliseconds } from './format-time.js';
import { layoutOption, type SubtitleOptions } from './subtitle-options.js';
import { WordLines } from './word-lines.js';

/** A subtitle. */
export interface Cue {
  /** In ms. */
  readonly start: number;
  /** In ms. */
  readonly end: number;
  /** Without blank lines, which would end a cue. */
  readonly text: string;
}

/** Makes the cues of `srt` and `vtt` segment by segment. `escapeText` makes a text safe for the format. */
export class CueBuilder {
  readonly #lines: WordLines;

  constructor(
    private readonly options: SubtitleOptions,
    private readonly escapeText: (text: string) => string,
  ) {
    this.#lines = new WordLines(options);
  }

  /** The cues that a segment completes. Throws `InvalidParameter` when it has no words to lay out as the options say. */
  *add(segment: TranscriptionSegment): Generator<Cue> {
    const { words } = segment;
    const option = layoutOption(this.options);
    if (words === undefined && option !== undefined) {
      throw new FerrumError(
        'InvalidParameter',
        `${option} needs the times of words, and segment ${segment.id} has none. Transcribe with wordTimestamps.`,
        { details: { parameter: option } },
      );
    }
    if (words !== undefined && words.length > 0) {
      for (const cue of this.#lines.add(words)) yield* this.#write(cue);
      return;
    }
    // Text that could not be aligned is not lost.
    yield* this.finish();
    const start = toMilliseconds(segment.start);
    yield { start, end: toMilliseconds(segment.end), text: tidy(this.escapeText(segment.text)) };
  }

  *finish(): Generator<Cue> {
    for (const cue of this.#lines.finish()) yield* this.#write(cue);
  }

  *#write(words: readonly TranscriptionWord[]): Generator<Cue> {
    const timed = words.map(({ word, start, end }) => ({
      text: this.escapeText(word),
      start: toMilliseconds(start),
      end: toMilliseconds(end),
    }));
    const text = tidy(timed.map((word) => word.text).join(''));
    const start = timed[0]?.start ?? 0;
    if (!this.options.highlightWords) {
      yield { start, end: timed.at(-1)?.end ?? start, text };
      return;
    }
    let last = start;
    for (const [index, word] of timed.entries()) {
      if (word.start > last) yield { start: last, end: word.start, text };
      // A word without duration would be a cue without one.
      if (word.end > word.start) {
        const highlighted = timed.map((one, other) => (other === index ? underline(one.text) : one.text)).join('');
        yield { start: word.start, end: word.end, text: tidy(highlighted) };
      }
      last = word.end;
    }
  }
}

/** Leaves no white space around lines, and no blank ones. */
export function tidy(text: string): string {
  return text.trim().replace(/\s*[\r\n]\s*/g, '\n');
}

/** The white space before the word is not underlined. */
function underline(word: string): string {
  const text = word.trimStart();
  return `${word.slice(0, word.length - text.length)}<u>${text}</u>`;
}
