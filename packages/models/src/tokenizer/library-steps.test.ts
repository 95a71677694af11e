import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Step } from './definition.js';
import { buildTokenizer } from './library-tokenizer.js';
import { MapVocabulary } from './map-vocabulary.js';
import { preTokenizerKinds } from './pre-tokenizer-kinds.js';

// Made by Hugging Face's own tokenizers: fixtures/make.py.
const cases: {
  readonly texts: readonly string[];
  readonly preTokenizers: readonly { readonly step: Step; readonly pieces: readonly (readonly string[])[] }[];
  readonly normalizers: readonly { readonly step: Step; readonly normalized: readonly string[] }[];
  readonly preTokenizerKinds: Readonly<Record<string, readonly (readonly string[])[]>>;
} = JSON.parse(readFileSync(new URL('./fixtures/cases.json', import.meta.url), 'utf8'));

describe('pre-tokenizers split as Hugging Face tokenizers do', () => {
  for (const { step, pieces } of cases.preTokenizers) {
    it(JSON.stringify(step), () => {
      for (const [index, text] of cases.texts.entries())
        expect(split(text, pieces[index], step)).toEqual(pieces[index]);
    });
  }
});

describe('the pre-tokenizer kinds of GGUF files split as the models’ own tokenizer.json do', () => {
  for (const [name, pieces] of Object.entries(cases.preTokenizerKinds)) {
    it(name, () => {
      const kind = preTokenizerKinds.get(name);
      for (const [index, text] of cases.texts.entries()) {
        expect(split(text, pieces[index], kind?.preTokenizer, kind?.normalizer)).toEqual(pieces[index]);
      }
    });
  }
});

describe('normalizers change text as those of Hugging Face tokenizers do', () => {
  for (const { step, normalized } of cases.normalizers) {
    it(JSON.stringify(step), () => {
      const tokenizer = byteTokenizer(step);
      const actual = cases.texts.map((text) => tokenizer.decode(tokenizer.encode(text)));
      expect(actual).toEqual(normalized);
    });
  }
});

/** The pieces of a text, by way of a vocabulary that consists of the expected ones: any other piece shows up in parts. */
function split(text: string, expected: readonly string[] = [], preTokenizer?: Step, normalizer?: Step): string[] {
  const pieces = new Set([...expected, '?']);
  const vocabulary = new MapVocabulary(new Map([...pieces].map((piece, id) => [piece, id])));
  const tokenizer = buildTokenizer({
    ...empty,
    normalizer,
    preTokenizer,
    model: { ...model, vocabulary, ignoreMerges: true, unknownToken: '?' },
  });
  return tokenizer.encode(text).map((id) => tokenizer.tokenText(id) ?? '');
}

/** One token per byte, so that decoding what was encoded shows what the normalizer left. */
function byteTokenizer(normalizer: Step) {
  const letters = Array.from({ length: 0x200 }, (_, id) => [String.fromCharCode(id), id] as const);
  const vocabulary = new MapVocabulary(new Map(letters));
  return buildTokenizer({
    ...empty,
    normalizer,
    preTokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: false },
    decoder: { type: 'ByteLevel' },
    model: { ...model, vocabulary },
  });
}

const empty = {
  source: 'test',
  addedTokens: [],
  normalizer: undefined,
  preTokenizer: undefined,
  decoder: undefined,
  surroundingTokens: { before: [], after: [] },
  pairTokens: undefined,
  specialTokens: {},
  endOfGenerationTokens: new Set<number>(),
};
const model = {
  kind: 'bpe',
  merges: { rank: () => undefined },
  fuseUnknown: false,
  byteFallback: false,
  ignoreMerges: false,
} as const;
