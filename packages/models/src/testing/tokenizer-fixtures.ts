import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { GgufMetadata } from '../tokenizer/gguf-vocabulary.js';

/** Names of the committed tokenizers, made by fixtures/make.py with Hugging Face's own library. */
export const fixtureNames = ['byte-pair', 'word-piece', 'sentence-piece', 'unigram'] as const;
export type FixtureName = (typeof fixtureNames)[number];

export interface TokenizerCase {
  readonly text: string;
  readonly ids: readonly number[];
  readonly withoutSpecialTokens: readonly number[];
  readonly decoded: string;
  readonly decodedWithSpecialTokens: string;
}

export interface TokenizerJson {
  readonly added_tokens: readonly { readonly id: number; readonly content: string; readonly special: boolean }[];
  readonly model: {
    readonly vocab: Readonly<Record<string, number>>;
    readonly merges: readonly (readonly [string, string])[];
  };
}

export function fixturePath(file: string): string {
  return fileURLToPath(new URL(`../tokenizer/fixtures/${file}`, import.meta.url));
}

export function readFixture<T>(file: string): T {
  return JSON.parse(readFileSync(fixturePath(file), 'utf8'));
}

export function casesOf(name: FixtureName): readonly TokenizerCase[] {
  return readFixture<{ tokenizers: Record<FixtureName, readonly TokenizerCase[]> }>('cases.json').tokenizers[name];
}

/** The committed tokenizer as llama.cpp's converter would write it into a GGUF file. */
export function ggufOf(name: 'byte-pair' | 'word-piece' | 'sentence-piece'): GgufMetadata {
  const { model, added_tokens: added } = readFixture<TokenizerJson>(`${name}.tokenizer.json`);
  const tokens: string[] = [];
  for (const [token, id] of Object.entries(model.vocab)) tokens[id] = token;
  const types = new Int32Array(Math.max(tokens.length, ...added.map(({ id }) => id + 1))).fill(1);
  for (const { id, content, special } of added) {
    tokens[id] = content;
    types[id] = special ? 3 : 4;
  }
  return new Map<string, unknown>([
    ['tokenizer.ggml.token_type', types],
    ...entriesOf(name, tokens, types, model.merges),
  ]);
}

function entriesOf(
  name: 'byte-pair' | 'word-piece' | 'sentence-piece',
  tokens: readonly string[],
  types: Int32Array,
  merges: TokenizerJson['model']['merges'],
): readonly (readonly [string, unknown])[] {
  switch (name) {
    case 'byte-pair':
      return [
        ['tokenizer.ggml.model', 'gpt2'],
        ['tokenizer.ggml.pre', 'smollm'],
        ['tokenizer.ggml.tokens', tokens],
        ['tokenizer.ggml.merges', merges.map((pair) => pair.join(' '))],
        ['tokenizer.ggml.bos_token_id', 1],
        ['tokenizer.ggml.eos_token_id', 2],
      ];
    case 'word-piece':
      return [
        ['tokenizer.ggml.model', 'bert'],
        ['tokenizer.ggml.tokens', tokens.map((token, id) => (types[id] === 1 ? toWordStart(token) : token))],
        ['tokenizer.ggml.bos_token_id', 2],
        ['tokenizer.ggml.seperator_token_id', 3],
        ['tokenizer.ggml.unknown_token_id', 1],
      ];
    case 'sentence-piece':
      types[0] = 2;
      for (const [id, token] of tokens.entries()) if (/^<0x..>$/.test(token)) types[id] = 6;
      return [
        ['tokenizer.ggml.model', 'llama'],
        ['tokenizer.ggml.tokens', tokens],
        ['tokenizer.ggml.scores', Float32Array.from(tokens, (_, id) => -id)],
        ['tokenizer.ggml.bos_token_id', 1],
        ['tokenizer.ggml.eos_token_id', 2],
        ['tokenizer.ggml.unknown_token_id', 0],
      ];
  }
}

function toWordStart(token: string): string {
  return token.startsWith('##') ? token.slice(2) : `▁${token}`;
}
