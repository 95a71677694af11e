import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type FixtureName, fixtureNames, ggufOf, readFixture } from '../testing/tokenizer-fixtures.js';
import type { Step } from './definition.js';
import { tokenizerFromGguf } from './gguf-tokenizer.js';
import { buildTokenizer } from './library-tokenizer.js';
import type { Tokenizer } from './tokenizer.js';
import { readTokenizerJson } from './tokenizer-json.js';

interface Input {
  readonly ids: readonly number[];
  readonly typeIds: readonly number[];
}

// Made by Hugging Face's own tokenizers: fixtures/make.py.
const cases: {
  readonly pairTexts: readonly [string, string];
  readonly pairs: Readonly<Record<FixtureName, Input>>;
  readonly postProcessors: readonly { readonly step: Step | null; readonly single: Input; readonly pair: Input }[];
} = JSON.parse(readFileSync(new URL('./fixtures/cases.json', import.meta.url), 'utf8'));
const [first, second] = cases.pairTexts;

describe.each(fixtureNames.filter((name) => name !== 'byte-pair'))('the %s tokenizer', (name) => {
  it('puts around two texts what Hugging Face tokenizers puts around them', () => {
    expect(pair(open(readFixture(`${name}.tokenizer.json`)))).toEqual(cases.pairs[name]);
  });
});

describe('post-processors add what those of Hugging Face tokenizers add', () => {
  const json = readFixture<object>('word-piece.tokenizer.json');

  it.each(cases.postProcessors.map((one) => [JSON.stringify(one.step), one] as const))('%s', (_, expected) => {
    const tokenizer = open({ ...json, post_processor: expected.step });
    expect(single(tokenizer)).toEqual(expected.single);
    expect(tokenizer.encode(first)).toEqual(expected.single.ids);
    // Where nothing is added, the library joins two texts without a mark; here that is no pair.
    const isMarked = expected.single.ids.length > tokenizer.encode(first, { addSpecialTokens: false }).length;
    expect(pair(tokenizer)).toEqual(isMarked ? expected.pair : undefined);
  });

  it('a pair is not known when nothing is added to it', () => {
    expect(open(readFixture('byte-pair.tokenizer.json')).pairTokens).toBeUndefined();
    expect(open({ ...json, post_processor: { type: 'ByteLevel' } }).pairTokens).toBeUndefined();
  });

  const text = (id: string) => ({ Sequence: { id, type_id: 0 } });
  const template = (pairOf: unknown) => ({
    type: 'TemplateProcessing',
    single: [text('A')],
    pair: pairOf,
    special_tokens: { '[SEP]': { id: '[SEP]', ids: [3], tokens: ['[SEP]'] } },
  });

  it.each([
    ['is absent', undefined],
    ['takes the second text first', [text('B'), text('A')]],
    ['leaves a text out', [text('A')]],
  ])('a pair is not known when its template %s', (_, pairOf) => {
    const tokenizer = open({ ...json, post_processor: template(pairOf) });
    expect(tokenizer.pairTokens).toBeUndefined();
    expect(tokenizer.surroundingTokens).toEqual({ before: [], after: [] });
  });

  it.each([
    [
      'a token that every object has',
      template([text('A'), { SpecialToken: { id: '__proto__' } }, text('B')]),
      /uses "__p/,
    ],
    ['an undefined token', template([text('A'), { SpecialToken: { id: '[X]' } }, text('B')]), /uses "\[X\]"/],
    ['a third text', template([text('A'), text('B'), text('C')]), /post_processor/],
    [
      'a token that is not in the vocabulary',
      {
        ...template([text('A'), { SpecialToken: { id: '[SEP]' } }, text('B')]),
        special_tokens: { '[SEP]': { ids: [9999] } },
      },
      /token 9999/,
    ],
  ])('%s in a pair is refused', (_, step, message) => {
    expect(() => open({ ...json, post_processor: step })).toThrow(
      expect.objectContaining({ code: 'InvalidFormat', message: expect.stringMatching(message) }),
    );
  });

  it('tokens that are added again after a template are refused', () => {
    const processors = [
      { ...template([text('A'), text('B')]), single: [{ SpecialToken: { id: '[SEP]' } }, text('A')] },
      { type: 'BertProcessing', cls: ['[CLS]', 2], sep: ['[SEP]', 3] },
    ];
    expect(() => open({ ...json, post_processor: { type: 'Sequence', processors } })).toThrow(
      expect.objectContaining({ code: 'Unsupported', message: expect.stringContaining('after a template') }),
    );
  });
});

describe('the tokenizer in a GGUF file', () => {
  it('of BERT puts around two texts what its tokenizer.json does', () => {
    expect(pair(tokenizerFromGguf(ggufOf('word-piece')))).toEqual(cases.pairs['word-piece']);
  });

  it('of another kind parts two texts by the separator, if the file asks for one', () => {
    const metadata = new Map(ggufOf('sentence-piece'));
    expect(tokenizerFromGguf(metadata).pairTokens).toBeUndefined();
    metadata.set('tokenizer.ggml.seperator_token_id', 2);
    for (const added of ['sep', 'eos']) metadata.set(`tokenizer.ggml.add_${added}_token`, true);
    // llama.cpp, `format_rerank`: bos, query, eos, sep, document, eos.
    expect(tokenizerFromGguf(metadata).pairTokens).toEqual({
      ...{ before: [1], between: [2, 2], after: [2] },
      types: { before: [0], first: 0, between: [0, 0], second: 0, after: [0] },
    });
    expect(tokenizerFromGguf(ggufOf('byte-pair')).pairTokens).toBeUndefined();
  });
});

function open(tokenizer: unknown): Tokenizer {
  return buildTokenizer(readTokenizerJson({ tokenizer }, 'tokenizer.json'));
}

function single(tokenizer: Tokenizer): Input {
  const { before, after, types } = tokenizer.surroundingTokens;
  const ids = tokenizer.encode(first, { addSpecialTokens: false });
  const all = [...before, ...ids, ...after];
  return {
    ids: all,
    typeIds: types ? [...types.before, ...ids.map(() => types.text), ...types.after] : all.map(() => 0),
  };
}

function pair(tokenizer: Tokenizer): Input | undefined {
  if (tokenizer.pairTokens === undefined) return undefined;
  const { before, between, after, types } = tokenizer.pairTokens;
  const [a, b] = [first, second].map((text) => tokenizer.encode(text, { addSpecialTokens: false })) as [
    number[],
    number[],
  ];
  return {
    ids: [...before, ...a, ...between, ...b, ...after],
    typeIds: [
      ...types.before,
      ...a.map(() => types.first),
      ...types.between,
      ...b.map(() => types.second),
      ...types.after,
    ],
  };
}
