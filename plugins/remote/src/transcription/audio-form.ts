import { openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { AudioInput } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import toWav from 'audiobuffer-to-wav';
import { FormData } from 'undici';

/** Fields of a form; of a list, each goes by its own. */
export type FormFields = readonly (readonly [string, string])[];

/**
 * The form of an audio file and other fields. A file is read from disk while it is sent.
 * @throws FerrumError `NotFound`, `PermissionDenied`, `IO`, `InvalidFormat` for audio of no length, `InvalidParameter`
 */
export async function audioForm(audio: AudioInput, fields: FormFields): Promise<FormData> {
  const form = new FormData();
  const { blob, name } = await toFile(audio);
  form.append('file', blob, name);
  for (const [field, value] of fields) form.append(field, value);
  return form;
}

async function toFile(audio: AudioInput): Promise<{ readonly blob: Blob; readonly name: string }> {
  if (typeof audio === 'string') return { blob: await openFile(audio), name: path.basename(audio) };
  if (audio instanceof Uint8Array) {
    if (audio.length === 0) throw new FerrumError('InvalidFormat', 'The audio has no bytes.');
    return { blob: new Blob([Uint8Array.from(audio)]), name: 'audio' };
  }
  return { blob: new Blob([wavOf(audio)], { type: 'audio/wav' }), name: 'audio.wav' };
}

async function openFile(file: string): Promise<Blob> {
  try {
    const status = await stat(file);
    if (!status.isFile()) throw new FerrumError('IO', `${file} is no file.`);
    if (status.size === 0) throw new FerrumError('InvalidFormat', `The file ${file} is empty.`);
    return await openAsBlob(file);
  } catch (error) {
    if (FerrumError.isInstance(error)) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new FerrumError('NotFound', `There is no file ${file}.`, { cause: error });
    const kind = code === 'EACCES' ? 'PermissionDenied' : 'IO';
    throw new FerrumError(kind, `The file ${file} cannot be read: ${message}`, { cause: error });
  }
}

/** As 32-bit floats, so that nothing is lost. */
function wavOf(audio: AudioInput): ArrayBuffer {
  const { samples, sampleRate } = (typeof audio === 'object' ? (audio ?? {}) : {}) as Record<string, unknown>;
  const isRate =
    typeof sampleRate === 'number' && Number.isInteger(sampleRate) && sampleRate > 0 && sampleRate < 2 ** 24;
  if (!(samples instanceof Float32Array) || !isRate) {
    throw new FerrumError(
      'InvalidParameter',
      'audio must be a path, bytes, or { samples: Float32Array, sampleRate } in Hz.',
      {
        details: { parameter: 'audio' },
      },
    );
  }
  if (samples.length === 0) throw new FerrumError('InvalidFormat', 'The audio has no samples.');
  const wrong = samples.findIndex((sample) => !Number.isFinite(sample));
  if (wrong >= 0) throw new FerrumError('InvalidFormat', `The audio has ${samples[wrong]} at sample ${wrong}.`);
  return toWav({ numberOfChannels: 1, sampleRate, getChannelData: () => samples }, { float32: true });
}
