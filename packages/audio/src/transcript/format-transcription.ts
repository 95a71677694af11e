import type { TranscriptionResult } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { refuseSubtitleOptions, type SubtitleOptions } from './subtitle-options.js';
import { createTranscriptionWriter, streamedTranscriptionFormats } from './transcription-writer.js';
import { toVerboseJson } from './verbose-json.js';

export const transcriptionFormats = ['json', 'verbose_json', ...streamedTranscriptionFormats] as const;
export type TranscriptionFormat = (typeof transcriptionFormats)[number];

/**
 * A transcription as the text of a file, which ends with a line break. `json` is OpenAI's `{text}`, `verbose_json` its long
 * form, both on one line; the other formats are those of `createTranscriptionWriter`.
 * Throws `InvalidParameter` for an unknown format, for options that do not fit it, and for `word-vtt` without words.
 */
export function formatTranscription(
  result: TranscriptionResult,
  format: TranscriptionFormat,
  options: SubtitleOptions = {},
): string {
  if (!transcriptionFormats.includes(format)) {
    throw new FerrumError(
      'InvalidParameter',
      `${JSON.stringify(format)} is not a format of transcriptions. Use one of ${transcriptionFormats.join(', ')}.`,
      { details: { parameter: 'format' } },
    );
  }
  if (format === 'json' || format === 'verbose_json') {
    refuseSubtitleOptions(options, format);
    const value = format === 'json' ? { text: result.text.trim() } : toVerboseJson(result);
    return `${JSON.stringify(value)}\n`;
  }
  let text = '';
  const writer = createTranscriptionWriter(
    format,
    (piece) => {
      text += piece;
    },
    options,
  );
  for (const segment of result.segments) writer.add(segment);
  writer.finish();
  return text;
}
