import {
  createTranscriptionWriter,
  formatTranscription,
  type StreamedTranscriptionFormat,
  type SubtitleOptions,
  type TranscriptionFormat,
} from '@ferrum/audio';
import type { TranscriptionResult, TranscriptionSegment } from '@ferrum/interfaces';
import { writeJsonLine } from '../output/json-line.js';
import type { Output } from '../output/output.js';
import { StagedFile } from '../output/staged-file.js';
import { cleanForTerminal } from '../output/terminal-text.js';
import type { OutputFiles } from './output-files.js';

/** Takes the transcription of one audio: its segments as they come, if it wants them, and the whole. */
export interface TranscriptionSink {
  readonly add?: (segment: TranscriptionSegment) => Promise<void>;
  readonly finish: (transcription: FinishedTranscription) => Promise<void>;
}

type SegmentSink = Required<TranscriptionSink>;

/** A transcription, and how long it took. */
export interface FinishedTranscription {
  readonly model: string;
  readonly result: TranscriptionResult;
  readonly totalMs: number;
}

/** `text` comes before everything else. */
export function segmentSink(
  stdout: Output,
  format: StreamedTranscriptionFormat,
  options: SubtitleOptions,
  text = '',
): TranscriptionSink {
  let pending = text;
  const writer = createTranscriptionWriter(
    format,
    (piece) => {
      pending += piece;
    },
    options,
  );
  const flush = async () => {
    const piece = pending;
    pending = '';
    if (piece !== '') await stdout.write(stdout.isTerminal ? cleanForTerminal(piece) : piece);
  };
  return {
    add: async (segment) => {
      writer.add(segment);
      await flush();
    },
    finish: async () => {
      writer.finish();
      await flush();
    },
  };
}

/** `json` and `verbose_json` on standard output. */
export function documentSink(stdout: Output, format: 'json' | 'verbose_json'): TranscriptionSink {
  return { finish: ({ result }) => stdout.write(formatTranscription(result, format)) };
}

/** A file for each format, which appears once it is whole. */
export function fileSink(files: OutputFiles, options: SubtitleOptions): TranscriptionSink {
  return {
    finish: async ({ result }) => {
      for (const [format, path] of files) {
        const file = await StagedFile.beside(path);
        try {
          await file.write(formatTranscription(result, format, hasLayout(format) ? options : {}));
          await file.keep();
        } finally {
          await file.discard();
        }
      }
    },
  };
}

/** The lines of `--json`; `files` are what was written to `--output-dir`. */
export function jsonLinesSink(stdout: Output, file: string, files: OutputFiles | undefined): SegmentSink {
  return {
    add: (segment) => writeJsonLine(stdout, { type: 'segment', file, ...segment }),
    finish: async ({ model, result, totalMs }) => {
      const { text, task, language, languageProbability, duration } = result;
      await writeJsonLine(stdout, {
        type: 'finish',
        file,
        text,
        task,
        language,
        languageProbability,
        duration,
        model,
        ...(files && { outputs: [...files.values()] }),
        timing: { totalMs, realTimeFactor: totalMs / 1000 / duration },
      });
    },
  };
}

/** Whether words can be laid out in lines. */
export function hasLayout(format: TranscriptionFormat): format is 'srt' | 'vtt' {
  return format === 'srt' || format === 'vtt';
}
