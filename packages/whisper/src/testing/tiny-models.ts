import { copyFileSync, cpSync, mkdtempSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The models of fixtures/make.py. */
export type TinyModel = 'huggingface' | 'ctranslate2';

export interface ExpectedRun {
  readonly melSeed: number;
  readonly tokens: readonly number[];
  /** float32, base64: every 4th of [audioPositions, hiddenSize]. */
  readonly hidden: string;
  /** Every 23rd logit after every 4th token. */
  readonly logits: string;
  /** Of every 3rd token: [alignment heads, tokens, audioPositions]. */
  readonly attention: string;
  /** Probabilities by language token. */
  readonly languages: Readonly<Record<string, number>>;
}

export interface ExpectedSearch {
  readonly melSeed: number;
  readonly prompt: readonly number[];
  /** What the prompt ends with of the text itself, the timestamp before it included. */
  readonly prefix: readonly number[];
  readonly timestamps: boolean;
  readonly beamSize: number;
  readonly patience: number;
  readonly lengthPenalty: number;
  readonly repetitionPenalty: number;
  readonly noRepeatNgramSize: number;
  readonly suppressBlank: boolean;
  /** Beside the special ones. */
  readonly suppressed: readonly number[];
  /** In steps of 20 ms. */
  readonly maxInitialTimestamp: number;
  /** Written beside the prefix. */
  readonly maxTokens: number;
  /** With what the prompt began. */
  readonly tokens: readonly number[];
  readonly score: number;
  readonly noSpeech: number;
}

export interface ExpectedAlignment {
  readonly melSeed: number;
  readonly text: readonly number[];
  readonly frames: number;
  /** Of text tokens and encoder outputs. */
  readonly pairs: readonly (readonly [number, number])[];
  readonly probabilities: readonly number[];
}

export interface ExpectedModel {
  readonly melBins: number;
  readonly runs: readonly ExpectedRun[];
  readonly searches: readonly ExpectedSearch[];
  readonly alignments: readonly ExpectedAlignment[];
}

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));
const tokenizer = fileURLToPath(new URL('../tokens/fixtures/tokenizer.json', import.meta.url));
const expected: {
  readonly audioPositions: number;
  readonly special: readonly number[];
  readonly plain: ExpectedModel;
  readonly inBytes: ExpectedModel;
} = JSON.parse(readFileSync(path.join(fixtures, 'expected.json'), 'utf8'));

/** Ids that no search may write. */
export const specialTokens = expected.special;

export function expectedOf(model: TinyModel): ExpectedModel {
  return model === 'huggingface' ? expected.plain : expected.inBytes;
}

/** A copy of the model, which a test may spoil, with the tokenizer that all share. @returns its folder */
export function copyTinyModel(model: TinyModel, folder: string): string {
  const copy = mkdtempSync(path.join(folder, `${model}-`));
  cpSync(path.join(fixtures, model), copy, { recursive: true });
  copyFileSync(tokenizer, path.join(copy, 'tokenizer.json'));
  return copy;
}

export function floats(base64: string): Float32Array {
  const bytes = Buffer.from(base64, 'base64');
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
}

/** The features of fixtures/tiny_models.py: float32 [melBins, 2 · audioPositions]. */
export function melOf(seed: number, melBins: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length: melBins * 2 * expected.audioPositions }, () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return (state / 2 ** 32) * 2.5 - 1;
  });
}

/** Every so many rows of [groups, rows, columns], from the first on. */
export function everyRow(
  values: Float32Array,
  step: number,
  columns: number,
  rows = values.length / columns,
): Float32Array {
  return values.filter((_, at) => (Math.floor(at / columns) % rows) % step === 0);
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`${a.length} values and ${b.length}`);
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs((a[i] as number) - (b[i] as number));
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}
