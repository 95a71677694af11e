import type { EmbedInput } from '@ferrum/interfaces';
import type { Tokenizer } from '@ferrum/models';
import { describe, expect, it } from 'vitest';
import type { TextSettings } from '../model/text-source.js';
import { specialIds, words, wordTokenizer } from '../testing/word-tokenizer.js';
import { prepareText, type TextPreparation, type TextReader } from './prepare-text.js';

const { pad, cls, sep } = specialIds;
const asIs: TextPreparation = { truncate: 'end', prompt: '' };

function readerOf(settings: Partial<TextSettings> = {}, others: Partial<TextReader> = {}): TextReader {
  return {
    tokenizer: wordTokenizer,
    vocabularySize: 100,
    settings: { normalizes: true, lowercases: false, prompts: {}, includesPrompt: true, maxTokens: 8, ...settings },
    ...others,
  };
}

function refusal(message: string) {
  return expect.objectContaining({
    code: 'RequestValidation',
    message: expect.stringContaining(message),
    details: { input: 'texts[4]' },
  });
}

function prepare(input: unknown, preparation: Partial<TextPreparation> = {}, reader = readerOf()) {
  return prepareText(reader, input as EmbedInput, { ...asIs, ...preparation }, 'texts[4]');
}

describe('a text', () => {
  it('becomes its tokens with those that the tokenizer puts around', () => {
    expect(prepare('w3 w4')).toEqual({ input: { ids: [cls, 3, 4, sep], pooledFrom: 0 }, tokens: 4 });
  });

  it('may be empty', () => {
    expect(prepare('')).toEqual({ input: { ids: [cls, sep], pooledFrom: 0 }, tokens: 2 });
  });

  it('that is as long as the model reads is kept whole, under error too', () => {
    expect(prepare(words(6), { truncate: 'error' }).input.ids).toEqual([cls, 3, 4, 5, 6, 7, 8, sep]);
  });

  it('that is longer loses its end, and keeps the tokens around it', () => {
    expect(prepare(words(7))).toEqual({ input: { ids: [cls, 3, 4, 5, 6, 7, 8, sep], pooledFrom: 0 }, tokens: 8 });
  });

  it('that is longer is refused under error', () => {
    const message = "texts[4] has more than the 8 tokens that the model reads. Shorten it, or pass truncate: 'end'.";
    expect(() => prepare(words(7), { truncate: 'error' })).toThrow(refusal(message));
  });

  it('is brought to lower case where the model wants it, its prompt too', () => {
    const reader = readerOf({ lowercases: true });
    expect(prepare('W4 w5', { prompt: 'W3 ' }, reader).input.ids).toEqual([cls, 3, 4, 5, sep]);
    expect(prepare('W4 w5', { prompt: 'W3 ' }).input.ids).toEqual([cls, 99, 99, 5, sep]);
  });

  it('comes after its prompt, which is counted and cut like the text', () => {
    expect(prepare('w5', { prompt: 'w3 w4 ' })).toEqual({
      input: { ids: [cls, 3, 4, 5, sep], pooledFrom: 0 },
      tokens: 5,
    });
    expect(prepare('w20', { prompt: `${words(6)} ` }).input.ids).toEqual([cls, 3, 4, 5, 6, 7, 8, sep]);
  });

  it('is put together with its prompt as it stands, so that both can share a token', () => {
    expect(prepare('1', { prompt: 'w2' }).input.ids).toEqual([cls, 21, sep]);
  });

  it.each<[string, unknown, string]>([
    ['null', null, 'texts[4] is neither a string nor a list of token ids.'],
    ['a number', 3, 'texts[4] is neither a string nor a list of token ids.'],
    ['an object', {}, 'texts[4] is neither a string nor a list of token ids.'],
    ['bytes', new Uint8Array(3), 'texts[4] is neither a string nor a list of token ids.'],
    ['the first half of a pair', 'ab\uD83Dc', 'stands alone at offset 2'],
    ['the second half of a pair', '\uDE00', 'stands alone at offset 0'],
    ['a pair the wrong way round', '😀\uDE00\uD83D', 'stands alone at offset 2'],
  ])('is refused when it is %s', (_name, input, message) => {
    expect(() => prepare(input)).toThrow(refusal(message));
  });

  it('may have whole surrogate pairs', () => {
    expect(prepare('😀 w3').input.ids).toEqual([cls, 99, 3, sep]);
  });

  it('is refused where the model has no room for any', () => {
    expect(() => prepare('w3', {}, readerOf({ maxTokens: 2 }))).toThrow(
      expect.objectContaining({ code: 'Unsupported', message: expect.stringContaining('reads 2 tokens') }),
    );
  });
});

describe('where pooling begins', () => {
  const reader = readerOf({ includesPrompt: false });

  it('is after the prompt and what stands before it', () => {
    expect(prepare('w5 w6', { prompt: 'w3 w4 ' }, reader).input).toEqual({
      ids: [cls, 3, 4, 5, 6, sep],
      pooledFrom: 3,
    });
  });

  it('is the first token without a prompt', () => {
    expect(prepare('w5 w6', {}, reader).input.pooledFrom).toBe(0);
  });

  it('leaves a token to pool, though the prompt fills the text', () => {
    const { ids, pooledFrom } = prepare('w20', { prompt: `${words(9)} ` }, reader).input;
    expect([ids.length, pooledFrom]).toEqual([8, 7]);
  });

  it('is the first token of token ids, which have no prompt', () => {
    expect(prepare([3, 4], { prompt: 'w3 ' }, reader).input).toEqual({ ids: [3, 4], pooledFrom: 0 });
  });
});

describe('token ids', () => {
  it('are taken as they are, special tokens included', () => {
    expect(prepare([cls, 0, 99, sep], { prompt: 'w3 ' })).toEqual({
      input: { ids: [cls, 0, 99, sep], pooledFrom: 0 },
      tokens: 4,
    });
  });

  it('are a copy, which the caller cannot change any more', () => {
    const given = [3, 4];
    const { ids } = prepare(given).input;
    given[0] = 5;
    expect(ids).toEqual([3, 4]);
  });

  it('that are more than the model reads lose their end, or are refused under error', () => {
    const given = Array.from({ length: 9 }, (_, i) => i);
    expect(prepare(given)).toEqual({ input: { ids: given.slice(0, 8), pooledFrom: 0 }, tokens: 8 });
    expect(() => prepare(given, { truncate: 'error' })).toThrow(
      refusal('texts[4] has 9, more than the 8 tokens that the model reads'),
    );
    expect(prepare(given.slice(0, 8), { truncate: 'error' }).tokens).toBe(8);
  });

  it('keep the tokens that end every text when they are cut', () => {
    const { after } = wordTokenizer.surroundingTokens;
    expect(after.length).toBeGreaterThan(0);
    const given = [...Array.from({ length: 9 }, () => 7), ...after];
    expect(prepare(given).input.ids).toEqual([...given.slice(0, 8 - after.length), ...after]);
  });

  it.each<[string, unknown[], string]>([
    ['none', [], 'texts[4] has no token'],
    ['negative', [3, -1], 'has -1 as its token 1; ids are whole numbers from 0 to 99'],
    ['a fraction', [3, 4, 1.5], 'has 1.5 as its token 2'],
    ['past the vocabulary', [100], 'has 100 as its token 0'],
    ['no number', ['3'], "has '3' as its token 0"],
    ['a big integer', [3n], 'has 3n as its token 0'],
    ['NaN', [Number.NaN], 'has NaN as its token 0'],
    ['a list with undefined in it', [3, undefined, 4], 'as its token 1'],
    ['wrong past what is kept', [...Array(8).fill(3), -5], 'has -5 as its token 8'],
  ])('are refused when they are %s', (_name, input, message) => {
    expect(() => prepare(input)).toThrow(refusal(message));
  });
});

describe('a model whose texts are all of one length', () => {
  const padded = (tokenizer: Tokenizer = wordTokenizer) => readerOf({}, { tokenizer, paddedTokens: 8 });

  it('gets them filled up, and the padding is not counted', () => {
    expect(prepare('w3 w4', {}, padded())).toEqual({
      input: { ids: [cls, 3, 4, sep, pad, pad, pad, pad], pooledFrom: 0 },
      tokens: 4,
    });
    expect(prepare([7], {}, padded())).toEqual({
      input: { ids: [7, ...Array(7).fill(pad)], pooledFrom: 0 },
      tokens: 1,
    });
  });

  it('gets a long one cut to that length', () => {
    expect(prepare(words(20), {}, padded()).input.ids).toEqual([cls, 3, 4, 5, 6, 7, 8, sep]);
  });

  it('has them filled with the end of a text where there is no token for padding', () => {
    const tokenizer = { ...wordTokenizer, specialTokens: { eos: 42 } };
    expect(prepare('w3', {}, padded(tokenizer)).input.ids).toEqual([cls, 3, sep, ...Array(5).fill(42)]);
  });
});
