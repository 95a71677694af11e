import { FerrumError } from '@ferrum/registry/errors';

/** How words are laid out in the cues of `srt` and `vtt`. Each option needs segments with words (`wordTimestamps`). */
export interface SubtitleOptions {
  /** In characters; longer lines are broken. Default: one line a segment. Excludes `maxWordsPerLine`. */
  readonly maxLineWidth?: number;
  /** Lines a cue; cues then go across segments. Needs `maxLineWidth`. */
  readonly maxLineCount?: number;
  /** Words a cue. */
  readonly maxWordsPerLine?: number;
  /** Whether each word gets a cue of its own in which it is underlined. Default false. */
  readonly highlightWords?: boolean;
}

/** Throws `InvalidParameter` for a number that is not whole and positive, and for options that exclude or need each other. */
export function checkSubtitleOptions(options: SubtitleOptions): void {
  for (const parameter of ['maxLineWidth', 'maxLineCount', 'maxWordsPerLine'] as const) {
    const value = options[parameter];
    if (value !== undefined && !(Number.isInteger(value) && value >= 1)) {
      throw invalid(parameter, `${parameter} is ${value}; it must be a whole number from 1.`);
    }
  }
  if (options.maxLineCount !== undefined && options.maxLineWidth === undefined) {
    throw invalid('maxLineCount', 'maxLineCount has no meaning without maxLineWidth. Give both.');
  }
  if (options.maxWordsPerLine !== undefined && options.maxLineWidth !== undefined) {
    throw invalid('maxWordsPerLine', 'maxWordsPerLine and maxLineWidth exclude each other. Give one of them.');
  }
}

/** The name of the first option that lays out words; undefined when there is none. */
export function layoutOption(options: SubtitleOptions): string | undefined {
  return (['maxLineWidth', 'maxLineCount', 'maxWordsPerLine', 'highlightWords'] as const).find(
    (name) => options[name] !== undefined && options[name] !== false,
  );
}

/** Throws `InvalidParameter` when there are options for a format that has no cues to lay out. */
export function refuseSubtitleOptions(options: SubtitleOptions, format: string): void {
  const option = layoutOption(options);
  if (option !== undefined) throw invalid(option, `${option} is for the formats srt and vtt, not for ${format}.`);
}

function invalid(parameter: string, message: string): FerrumError {
  return new FerrumError('InvalidParameter', message, { details: { parameter } });
}
