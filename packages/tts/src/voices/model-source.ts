import path from 'node:path';
import type { LocalModel, Voice } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { kokoroSampleRate } from './kokoro-model.js';
import { readKokoroVocabulary } from './kokoro-vocabulary.js';
import { KokoroVoices, kokoroVoice } from './kokoro-voices.js';
import { type PiperConfig, readPiperConfig } from './piper-config.js';
import { piperGender } from './piper-genders.js';

/** A model on this machine, before it is opened. */
export type ModelSource =
  | {
      readonly architecture: 'piper';
      /** The ONNX file. */
      readonly file: string;
      readonly config: PiperConfig;
      readonly voices: readonly Voice[];
    }
  | {
      readonly architecture: 'kokoro';
      readonly file: string;
      readonly vocabulary: ReadonlyMap<string, number>;
      readonly styles: KokoroVoices;
      readonly voices: readonly Voice[];
    };

/**
 * Finds out what speech model the files are.
 * @throws FerrumError `Unsupported` for none, `NotFound` for a Kokoro model without voices, `InvalidFormat`, `IO`.
 */
export async function openModelSource(local: LocalModel): Promise<ModelSource> {
  const names = Object.keys(local.files);
  const graphs = names.filter((name) => /\.onnx$/i.test(name));
  const piper = graphs.filter((name) => names.includes(`${name}.json`));
  const isPiper = local.manifest.architecture === 'piper';
  const [voice = isPiper ? graphs[0] : undefined, ...others] = piper;
  if (others.length > 0) {
    throw new FerrumError(
      'Unsupported',
      `${local.manifest.reference} holds several voices; name one of them: ${piper.join(', ')}.`,
    );
  }
  if (voice !== undefined) return piperSource(local, voice);
  if (local.manifest.architecture === 'kokoro' || names.some(isVoiceFile)) return kokoroSource(local, names, graphs);
  throw new FerrumError(
    'Unsupported',
    `${local.manifest.reference} is no speech model that @ferrum/tts opens: a Piper voice is an .onnx file with its .onnx.json beside it, ` +
      `a Kokoro model an .onnx file with voices/*.bin (${names.slice(0, 8).join(', ') || 'no files'}).`,
  );
}

async function piperSource({ files, manifest }: LocalModel, name: string): Promise<ModelSource> {
  const settings = files[`${name}.json`] ?? files['config.json'];
  if (settings === undefined) {
    throw new FerrumError(
      'NotFound',
      `The voice ${files[name]} has no settings beside it: ${path.basename(name)}.json is needed.`,
    );
  }
  const config = await readPiperConfig(settings);
  const { language, sampleRate, dataset } = config;
  const { license } = manifest;
  const stem = path.basename(name).replace(/\.onnx$/i, '');
  const ids = config.speakers.size > 0 ? [...config.speakers.keys()] : [stem];
  const gender = config.speakers.size > 0 ? undefined : piperGender(stem);
  const voices = ids.map((id) => ({
    ...{ id, language, sampleRate },
    ...(gender && { gender }),
    ...(dataset === undefined ? {} : { description: dataset }),
    ...(license === undefined ? {} : { license }),
  }));
  return { architecture: 'piper', file: files[name] as string, config, voices };
}

async function kokoroSource(
  { files, manifest }: LocalModel,
  names: readonly string[],
  graphs: readonly string[],
): Promise<ModelSource> {
  const graph = ['model.onnx', 'onnx/model.onnx'].find((name) => graphs.includes(name)) ?? graphs[0];
  const voiceFiles = new Map(
    names
      .filter(isVoiceFile)
      .sort()
      .map((name) => [path.posix.basename(name).replace(/\.bin$/i, ''), files[name] as string]),
  );
  if (graph === undefined || voiceFiles.size === 0) {
    const missing = graph === undefined ? 'no .onnx file' : 'no voices (voices/*.bin)';
    throw new FerrumError('NotFound', `The Kokoro model ${manifest.reference} has ${missing}; put them beside it.`);
  }
  const styles = new KokoroVoices(voiceFiles);
  const vocabulary = await readKokoroVocabulary(files['config.json']);
  const voices = [styles.first, ...styles.names.filter((name) => name !== styles.first)].map((name) =>
    kokoroVoice(name, kokoroSampleRate, manifest.license),
  );
  return { architecture: 'kokoro', file: files[graph] as string, vocabulary, styles, voices };
}

function isVoiceFile(name: string): boolean {
  return /(^|\/)voices\/[^/]+\.bin$/i.test(name);
}
