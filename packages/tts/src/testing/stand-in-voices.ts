import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Phonemizer } from '@ferrum/interfaces';
import { createModelStore } from '@ferrum/models';
// The built package: importing a model runs in a worker thread, which needs JavaScript.
import { openTtsEngine, type SpeechEngine } from '../../dist/index.js';
import { floats } from './graph-fixtures.js';

/** Models of fixtures/make.py: a Piper voice, one of three speakers, a Kokoro model of three voices. */
export type StandIn = 'piper' | 'speakers' | 'kokoro';

export interface ExpectedPiperRun {
  readonly text: string;
  /** With those at both ends. */
  readonly ids: readonly number[];
  readonly speaker: number;
  readonly scales: readonly [noise: number, length: number, duration: number];
  /** The n-th of all values that are drawn is sin(noise · n). */
  readonly noise: number | null;
  /** In samples. */
  readonly length: number;
  readonly every7th: string;
}

export interface ExpectedKokoroRun {
  readonly text: string;
  readonly ids: readonly number[];
  /** Weights by index. */
  readonly voices: Readonly<Record<string, number>>;
  readonly speed: number;
  readonly length: number;
  readonly every41st: string;
}

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));

export const expected: {
  readonly symbols: string;
  readonly piper: readonly ExpectedPiperRun[];
  readonly speakers: readonly ExpectedPiperRun[];
  readonly kokoro: readonly ExpectedKokoroRun[];
  readonly noise: readonly { readonly seed: number; readonly values: readonly number[] }[];
} = JSON.parse(readFileSync(path.join(fixtures, 'expected.json'), 'utf8'));

/** Ids by symbol. */
export const standInSymbols: ReadonlyMap<string, number> = new Map([...expected.symbols].map((one, id) => [one, id]));

export const kokoroNames = ['af_one', 'bm_two', 'em_three'] as const;
/** Styles of each of them; the real ones have 510. */
export const kokoroRows = 12;

/** The styles of a voice, as fixtures/make.py has them. */
export function kokoroStyles(voice: number): Float32Array {
  return Float32Array.from({ length: kokoroRows * 256 }, (_, index) => {
    const row = Math.floor(index / 256);
    return (((row * 31 + (index % 256) * 7 + voice * 13) % 17) - 8) / 8;
  });
}

/** Writes a model, which a test may spoil. @returns its folder */
export function copyStandIn(model: StandIn, folder: string): string {
  const copy = mkdtempSync(path.join(folder, `${model}-`));
  if (model === 'kokoro') {
    copyFileSync(path.join(fixtures, 'kokoro.onnx'), path.join(copy, 'model.onnx'));
    writeFileSync(path.join(copy, 'config.json'), JSON.stringify({ vocab: Object.fromEntries(standInSymbols) }));
    mkdirSync(path.join(copy, 'voices'));
    for (const [index, name] of kokoroNames.entries()) {
      writeFileSync(path.join(copy, 'voices', `${name}.bin`), new Uint8Array(kokoroStyles(index).buffer));
    }
    return copy;
  }
  copyFileSync(path.join(fixtures, `${model}.onnx`), path.join(copy, 'voice.onnx'));
  writeFileSync(path.join(copy, 'voice.onnx.json'), JSON.stringify(piperSettings(model)));
  return copy;
}

export function piperSettings(model: 'piper' | 'speakers') {
  return {
    audio: { sample_rate: 8000 },
    espeak: { voice: 'en-us' },
    inference: { noise_scale: 0.667, length_scale: 1, noise_w: 0.8 },
    phoneme_type: 'espeak',
    phoneme_id_map: Object.fromEntries([...standInSymbols].map(([symbol, id]) => [symbol, [id]])),
    num_speakers: model === 'speakers' ? 3 : 1,
    speaker_id_map: model === 'speakers' ? { anna: 0, ben: 1, carla: 2 } : {},
  };
}

/** Reads each letter as itself. */
export function letterPhonemizer(): Phonemizer & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    specificationVersion: '1',
    asked,
    phonemize: async (text) => {
      asked.push(text);
      return [text.toLowerCase().replaceAll(/[^a-z.,!?;: ]/g, '')];
    },
    languages: async () => ['en-US'],
    [Symbol.asyncDispose]: async () => {},
  };
}

let homes = 0;

/** Opens a model of this path in a home of its own within the folder. */
export function openStandIn(
  location: string,
  folder: string,
  options: Readonly<Record<string, unknown>> = {},
): Promise<SpeechEngine> {
  homes += 1;
  return openTtsEngine({
    model: { reference: location },
    models: createModelStore({ home: path.join(folder, `home ${process.pid} ${homes}`) }),
    options: { threads: 1, phonemizer: letterPhonemizer(), ...options },
    resolve: () => Promise.reject(new Error('nothing else is needed')),
  });
}

/** Every so many of the samples, compared with those in base64, but for so many at both ends: the largest difference. */
export function thinnedDifference(samples: Float32Array, step: number, base64: string, ends = 0): number {
  const wanted = floats(base64);
  if (wanted.length !== Math.ceil(samples.length / step)) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (const [index, value] of wanted.entries()) {
    const at = index * step;
    if (at < ends || at >= samples.length - ends) continue;
    const difference = Math.abs((samples[at] as number) - value);
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}
