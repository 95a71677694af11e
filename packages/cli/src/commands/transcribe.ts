import { basename } from 'node:path';
import { joinSegments } from '@ferrum/audio';
import type {
  AudioInput,
  TranscribeEngine,
  TranscribeOptions,
  TranscriptionSegment,
  TranscriptionStart,
} from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import type { CommandContext } from '../context.js';
import { type ExitCode, exitCodes } from '../exit-code.js';
import { createProgressReporter, type ProgressReporter } from '../output/progress.js';
import { reportError } from '../report-error.js';
import { type AudioArgument, audioArguments, readAudioInput, requireFile } from '../transcribe/audio-arguments.js';
import type { TranscribeFlags } from '../transcribe/transcribe-flags.js';
import { type TranscribeRequest, transcribeRequest } from '../transcribe/transcribe-request.js';
import { inWordsOfTranscription, isAboutFlag } from '../transcribe/transcription-errors.js';
import type { FinishedTranscription, TranscriptionSink } from '../transcribe/transcription-sinks.js';
import { withEngine } from '../with-engine.js';

export type { TranscribeFlags };

/**
 * `ferrum transcribe`: the text of audio files, one after the other. A file that fails is told of, and the others follow.
 *
 * @returns The exit code of the first failure.
 */
export async function transcribe(
  names: readonly string[],
  flags: TranscribeFlags,
  context: CommandContext,
): Promise<ExitCode> {
  const audios = audioArguments(names, context);
  const request = await transcribeRequest(audios, flags, context);
  let exitCode: ExitCode = exitCodes.success;
  const tryEach = async (some: readonly AudioArgument[], work: (audio: AudioArgument) => Promise<void>) => {
    const done: AudioArgument[] = [];
    for (const audio of some) {
      try {
        await work(audio);
        done.push(audio);
      } catch (error) {
        if (context.signal.aborted || isAboutFlag(error)) throw error;
        // An output that cannot be written any more ends everything: this fails as the write before it did.
        await context.stdout.write('');
        const code = await reportError(ofAudio(audio, error), flags.json === true, context, { file: audio.name });
        if (exitCode === exitCodes.success) exitCode = code;
      }
    }
    return done;
  };

  const present = await tryEach(audios, requireFile);
  if (present.length === 0) return exitCode;
  await withEngine({ capability: 'transcription', model: flags.model, flags }, context, async (engine) => {
    await tryEach(present, (audio) => transcribeOne(engine, audio, request, flags, context));
  });
  return exitCode;
}

/** Without `--max-audio-bytes`, as engines do. */
const largestInput = 2 * 1024 ** 3;

async function transcribeOne(
  engine: TranscribeEngine,
  audio: AudioArgument,
  { options, sinkOf }: TranscribeRequest,
  { maxAudioBytes = largestInput }: TranscribeFlags,
  context: CommandContext,
): Promise<void> {
  const { stdout, stderr, signal, verbose } = context;
  const input = audio.path ?? (await readAudioInput(context, maxAudioBytes));
  const sink = sinkOf(audio);
  // On one terminal the line would be drawn amid the text.
  const shown = sink.add === undefined || !stdout.isTerminal;
  const progress = createProgressReporter(context);
  try {
    const label = audio.path === undefined ? 'standard input' : basename(audio.path);
    const report = (completed: number, total?: number) => {
      if (shown) progress.listener({ phase: 'transcribe', label, unit: 'seconds', completed, ...(total && { total }) });
    };
    report(0);
    const finished = await writeTranscription({
      engine,
      input,
      sink,
      options: { ...options, signal },
      progress,
      report,
    });
    progress.stop();
    if (verbose || stderr.isTerminal) {
      await stderr.writeLine(stderr.colors.dim(`[${label}: ${describe(finished)}]`));
    }
  } finally {
    progress.stop();
  }
}

interface Work {
  readonly engine: TranscribeEngine;
  readonly input: AudioInput;
  readonly sink: TranscriptionSink;
  readonly options: TranscribeOptions;
  readonly progress: ProgressReporter;
  readonly report: (completed: number, total: number) => void;
}

async function writeTranscription(work: Work): Promise<FinishedTranscription> {
  const { engine, input, sink, options, progress, report } = work;
  const begun = performance.now();
  let start: TranscriptionStart = { language: '', duration: 0 };
  const segments: TranscriptionSegment[] = [];
  const stream = engine.transcribeStream(input, {
    ...options,
    onStart: (known) => {
      start = known;
    },
    onProgress: ({ completed, total }) => report(completed, total),
  });
  for await (const { final, ...segment } of stream) {
    if (!final) continue;
    segments.push(segment);
    await sink.add?.(segment);
  }
  const totalMs = performance.now() - begun;
  const result = joinSegments(start, segments, options);
  progress.stop();
  const finished = { model: engine.modelId, result, totalMs };
  await sink.finish(finished);
  return finished;
}

/** `11.0 s of audio in 0.90 s, 12.2× real time, en` */
function describe({ result: { duration, language }, totalMs }: FinishedTranscription): string {
  const seconds = totalMs / 1000;
  const speed = `${(duration / seconds).toFixed(1)}× real time`;
  return `${duration.toFixed(1)} s of audio in ${seconds.toFixed(2)} s, ${speed}, ${language}`;
}

/** In words of the command line, and of which audio it is. */
function ofAudio({ name, path }: AudioArgument, error: unknown): unknown {
  if (!FerrumError.isInstance(error)) return error;
  const said = inWordsOfTranscription(error);
  const shown = name === '-' ? 'Standard input' : name;
  // What Ferrum calls by its absolute path is called here as it was named.
  const message = path === undefined ? said.message.replace(/^The audio: /, '') : said.message.replaceAll(path, name);
  if (message.includes(shown)) return new FerrumError(said.code, message, { cause: error, details: said.details });
  return new FerrumError(said.code, `${shown}: ${message}`, { cause: error, details: said.details });
}
