import { open, rm, stat } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import type { AudioFormat } from '@ferrum/audio';
import { FerrumError } from '@ferrum/registry/errors';
import type { CommandContext } from '../context.js';
import { formatOfExtension, speechFormats } from './audio-formats.js';
import type { SpeakFlags } from './speak-flags.js';
import { inWordsOfSpeech } from './speech-errors.js';
import { encodeOptionsOf } from './write-speech.js';

/** Where the bytes of the audio go. */
export type SpeechTarget =
  | { readonly kind: 'standard-output'; readonly format: AudioFormat }
  /** `path` is absolute. `isReserved`: nobody named it, and an empty file keeps the name for us. */
  | { readonly kind: 'file'; readonly format: AudioFormat; readonly path: string; readonly isReserved: boolean }
  /** It is played, and that is all. */
  | { readonly kind: 'nowhere' };

/**
 * What the flags ask for, checked before a model is opened. Without `-o` a pipe gets the bytes; a terminal gets a file
 * under a name that is free, `speech.wav` or `speech-2.wav`.
 *
 * @throws FerrumError `InvalidParameter` for flags that cannot go together and files that cannot be; `IO`.
 */
export async function openSpeechTarget(flags: SpeakFlags, context: CommandContext): Promise<SpeechTarget> {
  const target = await chooseTarget(flags, context);
  await checkEncoding(target, flags);
  return target.kind === 'file' && target.isReserved ? reserve(target) : target;
}

/** Gives the name back if nothing was written under it. */
export async function releaseSpeechTarget(target: SpeechTarget): Promise<void> {
  if (target.kind !== 'file' || !target.isReserved) return;
  const isEmpty = await stat(target.path).then(
    ({ size }) => size === 0,
    () => false,
  );
  if (isEmpty) await rm(target.path, { force: true }).catch(() => {});
}

async function chooseTarget(flags: SpeakFlags, { environment, stdout }: CommandContext): Promise<SpeechTarget> {
  const { output, format, json, words, play } = flags;
  const taken = json ? '--json' : words ? '--words' : undefined;
  if (output === '-') {
    if (taken) throw invalid(`${taken} writes to standard output, which "-o -" wants for the audio. Name a file.`);
    if (stdout.isTerminal) {
      throw invalid('"-o -" writes the audio to standard output, which is a terminal. Name a file, or pipe it on.');
    }
    return { kind: 'standard-output', format: format ?? 'wav' };
  }
  const folder = environment.workingDirectory();
  if (output !== undefined) {
    const path = resolve(folder, output);
    await requirePlaceForFile(output, path);
    return { kind: 'file', format: format ?? formatOf(output), path, isReserved: false };
  }
  if (play) return { kind: 'nowhere' };
  if (!stdout.isTerminal && !taken) return { kind: 'standard-output', format: format ?? 'wav' };
  return { kind: 'file', format: format ?? 'wav', path: folder, isReserved: true };
}

async function checkEncoding(target: SpeechTarget, flags: SpeakFlags): Promise<void> {
  if (target.kind === 'nowhere') {
    const { format, sampleRate, bitRate } = flags;
    const flag =
      (format && '--format') ||
      (sampleRate !== undefined && '--sample-rate') ||
      (bitRate !== undefined && '--bit-rate');
    if (flag) throw invalid(`${flag} is about a file, but --play alone writes none. Add -o FILE, or leave it out.`);
    return;
  }
  const { encodeAudio } = await import('@ferrum/audio');
  try {
    // Asked for with nothing to encode: it looks at the options at once.
    encodeAudio([], encodeOptionsOf(target, flags, anyRate));
  } catch (error) {
    throw FerrumError.isInstance(error) ? inWordsOfSpeech(error) : error;
  }
}

/** In Hz. What the model speaks at is not known yet, and every format takes it. */
const anyRate = 24_000;

function formatOf(output: string): AudioFormat {
  const extension = extname(output).toLowerCase();
  const format = extension === '' ? 'wav' : formatOfExtension.get(extension);
  if (format) return format;
  throw invalid(
    `${output}: the ending "${extension}" stands for no format that can be written. ` +
      `Add --format (${speechFormats.join(', ')}), or use one of ${[...formatOfExtension.keys()].join(', ')}.`,
  );
}

/** Said before a model is opened; writing would say it when much is spoken already. */
async function requirePlaceForFile(output: string, path: string): Promise<void> {
  const existing = await stat(path).catch(() => undefined);
  if (existing && !existing.isFile()) {
    throw invalid(`${output} is no file. Name one, or write to standard output with "-o -".`);
  }
  const folder = await stat(dirname(path)).catch(() => undefined);
  if (folder?.isDirectory()) return;
  throw new FerrumError('IO', `${output} cannot be written: its folder is not there.`, { details: { path } });
}

/** Takes the first free name in the folder `path`, so that two commands at the same time cannot both have it. */
async function reserve(target: SpeechTarget & { readonly kind: 'file' }): Promise<SpeechTarget> {
  for (let number = 1; ; number++) {
    const path = join(target.path, `speech${number === 1 ? '' : `-${number}`}.${target.format}`);
    try {
      const file = await open(path, 'wx');
      await file.close();
      return { ...target, path };
    } catch (cause) {
      const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
      if (code === 'EEXIST') continue;
      throw new FerrumError('IO', `${path} cannot be written: ${String(code ?? cause)}. Name a file with -o.`, {
        cause,
        details: { path },
      });
    }
  }
}

function invalid(message: string): FerrumError {
  return new FerrumError('InvalidParameter', message);
}
