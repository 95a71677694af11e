import { readFileSync } from 'node:fs';

/** See text/fixtures/make.py. */
export interface Pairs {
  /** Tokens of two texts, of both together, and what is kept of each. */
  readonly kept: readonly (readonly [first: number, second: number, room: number, ofFirst: number, ofSecond: number])[];
  readonly tokenizers: Readonly<
    Record<'bert' | 'roberta' | 'template', { file: object; pairs: readonly JoinedPair[] }>
  >;
}

export interface JoinedPair {
  readonly query: string;
  readonly document: string;
  readonly maxTokens: number;
  readonly ids: readonly number[];
  readonly types: readonly number[];
}

export function readPairs(): Pairs {
  return JSON.parse(readFileSync(new URL('../text/fixtures/pairs.json', import.meta.url), 'utf8')) as Pairs;
}
