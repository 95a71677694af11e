import {
  createTranscriptionWriter,
  parseLanguage,
  type StreamedTranscriptionFormat,
  type SubtitleOptions,
  streamedTranscriptionFormats,
  type TranscriptionFormat,
  transcriptionFormats,
} from '@ferrum/audio';
import type { TranscribeOptions } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import type { CommandContext } from '../context.js';
import type { AudioArgument } from './audio-arguments.js';
import { type OutputFiles, openOutputFolder, planOutputFiles } from './output-files.js';
import {
  needsVad,
  needsWords,
  subtitleOptionsOf,
  type TranscribeFlags,
  transcribeOptionsOf,
} from './transcribe-flags.js';
import { inWordsOfTranscription } from './transcription-errors.js';
import {
  documentSink,
  fileSink,
  hasLayout,
  jsonLinesSink,
  segmentSink,
  type TranscriptionSink,
} from './transcription-sinks.js';

/** What a command line asks for, checked before a model is opened. */
export interface TranscribeRequest {
  readonly options: TranscribeOptions;
  /** Opens where the audio's transcription goes. */
  sinkOf(audio: AudioArgument): TranscriptionSink;
}

/** @throws FerrumError `InvalidParameter` for flags that cannot go together; as `openOutputFolder`. */
export async function transcribeRequest(
  audios: readonly AudioArgument[],
  flags: TranscribeFlags,
  context: CommandContext,
): Promise<TranscribeRequest> {
  const formats = formatsOf(flags);
  const subtitles = subtitleOptionsOf(flags);
  try {
    checkFlags(audios, formats, flags);
    checkLayout(formats, subtitles);
    const { language, ...rest } = transcribeOptionsOf(flags);
    const options = { ...rest, ...(language !== undefined && { language: parseLanguage(language) }) };
    return { options, sinkOf: await openSinks(audios, formats, flags, context) };
  } catch (error) {
    throw FerrumError.isInstance(error) ? inWordsOfTranscription(error) : error;
  }
}

/** `all` has the times of words only where they are asked for: they take their time. */
function formatsOf(flags: TranscribeFlags): readonly TranscriptionFormat[] {
  const { format = ['text'] } = flags;
  const all = transcriptionFormats.filter((name) => name !== 'word-vtt' || needsWords(flags));
  return [...new Set(format.flatMap((choice) => (choice === 'all' ? all : [choice])))];
}

function checkFlags(
  audios: readonly AudioArgument[],
  formats: readonly TranscriptionFormat[],
  flags: TranscribeFlags,
): void {
  const { json, format, outputDir, clip } = flags;
  if (clip && needsVad(flags)) {
    throw invalid(
      '--clip and voice activity detection (--vad, --vad-…, --batch-size) exclude each other. Leave one out.',
    );
  }
  if (outputDir !== undefined) return;
  if (json && format)
    throw invalid('--json has a format of its own: leave --format out, or name an --output-dir for it.');
  if (json) return;
  if (formats.length > 1) throw invalid(`${formats.join(', ')} are for files: name an --output-dir, or one --format.`);
  if (audios.length > 1 && formats[0] !== 'text') {
    throw invalid(
      `Several files in --format ${formats[0]} need an --output-dir; only text and --json can follow each other.`,
    );
  }
}

function checkLayout(formats: readonly TranscriptionFormat[], subtitles: SubtitleOptions): void {
  const [option] = Object.keys(subtitles);
  if (option === undefined) return;
  const laidOut = formats.filter(hasLayout);
  if (laidOut.length === 0) {
    throw new FerrumError('InvalidParameter', `${option} lays out subtitles. Add --format srt or --format vtt.`, {
      details: { parameter: option },
    });
  }
  // Throws for options that are wrong together.
  for (const format of laidOut) createTranscriptionWriter(format, () => {}, subtitles);
}

async function openSinks(
  audios: readonly AudioArgument[],
  formats: readonly TranscriptionFormat[],
  flags: TranscribeFlags,
  { environment, stdout }: CommandContext,
): Promise<(audio: AudioArgument) => TranscriptionSink> {
  const { json, outputDir } = flags;
  const subtitles = subtitleOptionsOf(flags);
  if (outputDir !== undefined) {
    const folder = await openOutputFolder(outputDir, environment.workingDirectory());
    const files = planOutputFiles(audios, formats, folder);
    const filesOf = (audio: AudioArgument): OutputFiles => files[audios.indexOf(audio)] ?? new Map();
    return (audio) => {
      const written = fileSink(filesOf(audio), subtitles);
      if (!json) return written;
      const lines = jsonLinesSink(stdout, audio.name, filesOf(audio));
      return {
        add: lines.add,
        finish: async (transcription) => {
          await written.finish(transcription);
          await lines.finish(transcription);
        },
      };
    };
  }
  if (json) return ({ name }) => jsonLinesSink(stdout, name, undefined);
  const [format = 'text'] = formats;
  if (!isStreamed(format)) return () => documentSink(stdout, format);
  let isFirst = true;
  return ({ name }) => {
    // As head and tail say which file follows.
    const heading = audios.length > 1 ? `${isFirst ? '' : '\n'}==> ${name} <==\n` : '';
    isFirst = false;
    return segmentSink(stdout, format, subtitles, heading);
  };
}

function isStreamed(format: TranscriptionFormat): format is StreamedTranscriptionFormat {
  return (streamedTranscriptionFormats as readonly string[]).includes(format);
}

function invalid(message: string): FerrumError {
  return new FerrumError('InvalidParameter', message);
}
