import { existsSync, readFileSync } from 'node:fs';

export interface PiperSentence {
  readonly phonemes: string;
  readonly phoneme_ids: readonly number[];
  readonly samples: number;
  readonly first200: readonly number[];
  readonly mid50: readonly number[];
}

export interface PiperReference {
  readonly note: string;
  readonly items: readonly { readonly text: string; readonly sentences: readonly PiperSentence[] }[];
}

export interface KokoroReference {
  readonly vocab: Readonly<Record<string, number>>;
  readonly items: readonly {
    readonly text: string;
    readonly phonemes: string;
    readonly ids: readonly number[];
    readonly style_row_n_minus_1: { readonly row: number; readonly samples: number; readonly rms: number };
  }[];
}

const reference = new URL('../../../../../shared/reference/', import.meta.url);

export const hasReferences = ['tts-piper.json', 'tts-kokoro.json', 'tts-texts.json'].every((name) =>
  existsSync(new URL(name, reference)),
);

function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(name, reference), 'utf8'));
}

/** What piper-tts 1.8.0 makes of four texts, without noise. */
export const piperReference = (): PiperReference => read('tts-piper.json') as PiperReference;

/** What Kokoro-82M in int8 makes of four texts. */
export const kokoroReference = (): KokoroReference => read('tts-kokoro.json') as KokoroReference;

export const referenceTexts = (): Readonly<Record<'words10' | 'words60' | 'words200', string>> =>
  read('tts-texts.json') as Readonly<Record<'words10' | 'words60' | 'words200', string>>;
