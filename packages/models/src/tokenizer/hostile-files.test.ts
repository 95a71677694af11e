import { FerrumError } from '@ferrum/registry/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fixtureNames, ggufOf, readFixture } from '../testing/tokenizer-fixtures.js';
import { tokenizerFromGguf } from './gguf-tokenizer.js';
import { buildTokenizer } from './library-tokenizer.js';
import type { Tokenizer } from './tokenizer.js';
import { readTokenizerJson } from './tokenizer-json.js';

const open = (tokenizer: unknown) => buildTokenizer(readTokenizerJson({ tokenizer }, 'tokenizer.json'));
const bpe = { type: 'BPE', vocab: { a: 0, b: 1, ab: 2 }, merges: ['a b'] };

describe('a malformed tokenizer.json is refused, naming the field', () => {
  const deep = (key: string) => {
    let step: object = { type: 'NFC' };
    for (let depth = 0; depth < 10_000; depth++) step = { type: 'Sequence', [key]: [step] };
    return step;
  };
  it.each<[string, unknown, string, RegExp]>([
    ['null', null, 'InvalidFormat', /tokenizer\.json: /],
    ['a list', [], 'InvalidFormat', /tokenizer\.json: /],
    ['no model', {}, 'InvalidFormat', /"model"/],
    ['no vocabulary', { model: { type: 'BPE', merges: [] } }, 'InvalidFormat', /vocab/],
    ['a vocabulary list', { model: { ...bpe, vocab: ['a'] } }, 'InvalidFormat', /vocab/],
    ['a negative id', { model: { ...bpe, vocab: { a: -1 } } }, 'InvalidFormat', /"a" the id -1/],
    ['a text id', { model: { ...bpe, vocab: { a: '1' } } }, 'InvalidFormat', /"a" the id 1/],
    ['a huge id', { model: { ...bpe, vocab: { a: 4e9 } } }, 'InvalidFormat', /4000000000/],
    ['one id twice', { model: { ...bpe, vocab: { a: 0, b: 0 } } }, 'InvalidFormat', /both "a" and "b"/],
    ['merges that are no list', { model: { ...bpe, merges: {} } }, 'InvalidFormat', /merges/],
    ['half a merge', { model: { ...bpe, merges: ['a'] } }, 'InvalidFormat', /merges\[0\] "a" is not a pair/],
    ['a merge of numbers', { model: { ...bpe, merges: [[1, 2]] } }, 'InvalidFormat', /merges\[0\]/],
    ['a merge out of the vocabulary', { model: { ...bpe, merges: ['b a'] } }, 'InvalidFormat', /merges\[0\].*"ba"/],
    ['an unknown token that is none', { model: { ...bpe, unk_token: '?' } }, 'InvalidFormat', /unk_token/],
    ['an unknown model', { model: { type: 'WordLevel', vocab: {} } }, 'Unsupported', /WordLevel/],
    ['an unknown step', { model: bpe, pre_tokenizer: { type: 'Oracle' } }, 'Unsupported', /pre_tokenizer "Oracle"/],
    ['an unknown normalizer', { model: bpe, normalizer: { type: 'Nmt' } }, 'Unsupported', /normalizer "Nmt"/],
    ['a step without a type', { model: bpe, normalizer: {} }, 'InvalidFormat', /normalizer\.type/],
    ['deep normalizers', { model: bpe, normalizer: deep('normalizers') }, 'InvalidFormat', /nested too deeply/],
    ['deep pre-tokenizers', { model: bpe, pre_tokenizer: deep('pretokenizers') }, 'InvalidFormat', /nested too deeply/],
    ['a deep post-processor', { model: bpe, post_processor: deep('processors') }, 'InvalidFormat', /nested too deeply/],
    [
      'a bad pattern',
      { model: bpe, pre_tokenizer: { type: 'Split', pattern: { Regex: '(' }, behavior: 'Isolated' } },
      'InvalidFormat',
      /tokenizer\.json/,
    ],
    [
      'an added token that contradicts',
      { model: bpe, added_tokens: [{ id: 5, content: 'a' }] },
      'InvalidFormat',
      /"a" the id 5/,
    ],
    [
      'a surrounding token that is none',
      { model: bpe, post_processor: { type: 'BertProcessing', cls: ['x', 7], sep: ['y', 8] } },
      'InvalidFormat',
      /token 7/,
    ],
    [
      'a unigram without an unknown token',
      { model: { type: 'Unigram', vocab: [['a', -1]] } },
      'InvalidFormat',
      /unk_id/,
    ],
  ])('%s', (_, json, code, message) => {
    expect(() => open(json)).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  });

  it('a decoder that is not known still lets the tokenizer encode', () => {
    const tokenizer = open({ model: bpe, decoder: { type: 'CTC' } });
    expect(tokenizer.encode('ab')).toEqual([2]);
    expect(() => tokenizer.decode([2])).toThrow(expect.objectContaining({ code: 'Unsupported' }));
  });
});

describe('malformed GGUF metadata is refused, naming the key', () => {
  it.each<[string, 'byte-pair' | 'sentence-piece' | 'word-piece', string, unknown, string]>([
    ['no model', 'byte-pair', 'tokenizer.ggml.model', undefined, 'InvalidFormat'],
    ['an unknown model', 'byte-pair', 'tokenizer.ggml.model', 'rwkv', 'Unsupported'],
    ['an unknown pre-tokenizer', 'byte-pair', 'tokenizer.ggml.pre', 'delphi', 'Unsupported'],
    ['no pre-tokenizer', 'byte-pair', 'tokenizer.ggml.pre', undefined, 'Unsupported'],
    ['no tokens', 'byte-pair', 'tokenizer.ggml.tokens', undefined, 'InvalidFormat'],
    ['tokens of another type', 'byte-pair', 'tokenizer.ggml.tokens', Float32Array.of(1), 'InvalidFormat'],
    ['a token twice', 'byte-pair', 'tokenizer.ggml.tokens', ['a', 'a'], 'InvalidFormat'],
    ['types of another length', 'byte-pair', 'tokenizer.ggml.token_type', Int32Array.of(1), 'InvalidFormat'],
    ['no merges', 'byte-pair', 'tokenizer.ggml.merges', undefined, 'InvalidFormat'],
    ['a merge out of the vocabulary', 'byte-pair', 'tokenizer.ggml.merges', ['Ġ Ġnever'], 'InvalidFormat'],
    ['no scores', 'sentence-piece', 'tokenizer.ggml.scores', undefined, 'InvalidFormat'],
    ['scores of another length', 'sentence-piece', 'tokenizer.ggml.scores', [1], 'InvalidFormat'],
    ['an id out of range', 'sentence-piece', 'tokenizer.ggml.eos_token_id', 99_999, 'InvalidFormat'],
    ['a negative id', 'sentence-piece', 'tokenizer.ggml.bos_token_id', -1, 'InvalidFormat'],
    ['a flag that is none', 'word-piece', 'tokenizer.ggml.add_bos_token', 1, 'InvalidFormat'],
    ['an added token that is not named', 'word-piece', 'tokenizer.ggml.add_eos_token', true, 'InvalidFormat'],
  ])('%s', (_, name, key, value, code) => {
    const metadata = new Map(ggufOf(name));
    if (value === undefined) metadata.delete(key);
    else metadata.set(key, value);
    expect(() => tokenizerFromGguf(metadata, 'model.gguf')).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining('model.gguf') }),
    );
  });
});

describe('a mutated tokenizer works or is refused, but never fails in another way', () => {
  const junk = fc.oneof(fc.jsonValue(), fc.constantFrom(-1, 1e300, '', '(', '\\', '[', '__proto__', 'Sequence', null));

  it.each(fixtureNames)('tokenizer.json: %s', (name) => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 1, maxLength: 6 }), junk, (path, value) => {
        const json: unknown = structuredClone(readFixture(`${name}.tokenizer.json`));
        mutate(json, path, value);
        expectNoSurprise(() => open(json));
      }),
      { numRuns: 300 },
    );
  });

  it.each(['byte-pair', 'sentence-piece', 'word-piece'] as const)('GGUF: %s', (name) => {
    fc.assert(
      fc.property(fc.nat(), junk, (which, value) => {
        const metadata = new Map(ggufOf(name));
        const keys = [...metadata.keys()];
        metadata.set(keys[which % keys.length] ?? '', value);
        expectNoSurprise(() => tokenizerFromGguf(metadata));
      }),
    );
  });
});

/** Replaces what lies at the end of the path, each step an index into the entries there. */
function mutate(target: unknown, path: readonly number[], value: unknown): void {
  let node = target;
  for (const [depth, step] of path.entries()) {
    if (typeof node !== 'object' || node === null) return;
    const keys = Object.keys(node);
    const key = keys[step % Math.max(keys.length, 1)];
    if (key === undefined) return;
    const next: unknown = Reflect.get(node, key);
    if (depth === path.length - 1 || typeof next !== 'object' || next === null) {
      Reflect.set(node, key, value);
      return;
    }
    node = next;
  }
}

function expectNoSurprise(build: () => Tokenizer): void {
  try {
    const tokenizer = build();
    const ids = tokenizer.encode("It's <|im_end|> naïve 你好 😀 12  \n");
    tokenizer.decode(ids);
  } catch (error) {
    if (!FerrumError.isInstance(error)) throw error;
  }
}
