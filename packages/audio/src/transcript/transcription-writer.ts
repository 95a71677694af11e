import type { StreamedSegment, TranscriptionSegment } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { type Cue, CueBuilder } from './cues.js';
import { formatTime, toMilliseconds } from './format-time.js';
import { checkSubtitleOptions, refuseSubtitleOptions, type SubtitleOptions } from './subtitle-options.js';
import { escapeVtt, wordVttCue } from './word-vtt.js';

/** Formats that can be written while segments arrive. */
export const streamedTranscriptionFormats = ['text', 'srt', 'vtt', 'tsv', 'word-vtt'] as const;
export type StreamedTranscriptionFormat = (typeof streamedTranscriptionFormats)[number];

export interface TranscriptionWriter {
  /**
   * Writes what the segment completes. A segment of live audio that may still change (`final: false`) is left out, for
   * what is written stays. Throws `InvalidParameter` for a segment that lacks the words that the format or an option needs.
   */
  add(segment: TranscriptionSegment | StreamedSegment): void;
  /** Writes what is left; nothing comes after it. */
  finish(): void;
}

/**
 * Writes a transcription segment by segment, each call in whole lines. `text` is one line a segment; `srt`, `vtt` and `tsv`
 * are those of openai/whisper, except that `vtt` escapes `&`, `<` and `>`, as WebVTT demands; `word-vtt` marks words.
 * Throws `InvalidParameter` for an unknown format, and for options that do not fit it or each other.
 */
export function createTranscriptionWriter(
  format: StreamedTranscriptionFormat,
  write: (text: string) => void,
  options: SubtitleOptions = {},
): TranscriptionWriter {
  const lines = createLines(format, options);
  let hasStarted = false;
  const emit = (pieces: Iterable<string>) => {
    let text = hasStarted ? '' : lines.header;
    for (const piece of pieces) text += piece;
    hasStarted = true;
    if (text !== '') write(text);
  };
  return {
    add(segment) {
      if (!('final' in segment) || segment.final) emit(lines.add(segment));
    },
    finish: () => emit(lines.finish()),
  };
}

interface Lines {
  readonly header: string;
  add(segment: TranscriptionSegment): Iterable<string>;
  finish(): Iterable<string>;
}

function createLines(format: StreamedTranscriptionFormat, options: SubtitleOptions): Lines {
  if (format === 'srt' || format === 'vtt') {
    checkSubtitleOptions(options);
    return format === 'srt' ? srtLines(options) : vttLines(options);
  }
  refuseSubtitleOptions(options, format);
  switch (format) {
    case 'text':
      return eachAlone('', (segment) => `${segment.text.trim()}\n`);
    case 'tsv':
      return eachAlone('start\tend\ttext\n', tsvLine);
    case 'word-vtt':
      return eachAlone('WEBVTT\n\n', wordVttCue);
    default:
      throw new FerrumError(
        'InvalidParameter',
        `${JSON.stringify(format)} cannot be written segment by segment. Use one of ${streamedTranscriptionFormats.join(', ')}.`,
        { details: { parameter: 'format' } },
      );
  }
}

function eachAlone(header: string, line: (segment: TranscriptionSegment) => string): Lines {
  return { header, add: (segment) => [line(segment)], finish: () => [] };
}

/** Times in ms. */
function tsvLine({ start, end, text }: TranscriptionSegment): string {
  return `${toMilliseconds(start)}\t${toMilliseconds(end)}\t${text.trim().replace(/[\t\r\n]/g, ' ')}\n`;
}

function srtLines(options: SubtitleOptions): Lines {
  // SubRip has no escapes; only an arrow would be misread.
  const cues = new CueBuilder(options, (text) => text.replaceAll('-->', '->'));
  let count = 0;
  const time = (milliseconds: number) => formatTime(milliseconds, { hours: 'always', decimalMark: ',' });
  return cueLines('', cues, (cue) => `${++count}\n${time(cue.start)} --> ${time(cue.end)}\n${cue.text}\n\n`);
}

function vttLines(options: SubtitleOptions): Lines {
  const cues = new CueBuilder(options, escapeVtt);
  const time = (milliseconds: number) => formatTime(milliseconds, { hours: 'when-needed', decimalMark: '.' });
  return cueLines('WEBVTT\n\n', cues, (cue) => `${time(cue.start)} --> ${time(cue.end)}\n${cue.text}\n\n`);
}

function cueLines(header: string, cues: CueBuilder, write: (cue: Cue) => string): Lines {
  return {
    header,
    add: (segment) => Array.from(cues.add(segment), write),
    finish: () => Array.from(cues.finish(), write),
  };
}
