import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ggufOf, readFixture } from '../testing/tokenizer-fixtures.js';
import type { AddedToken, Step, TokenizerDefinition } from './definition.js';
import { tokenizerFromGguf } from './gguf-tokenizer.js';
import { buildTokenizer } from './library-tokenizer.js';
import { preTokenizerKinds } from './pre-tokenizer-kinds.js';
import { textPartsOf } from './text-parts.js';
import { readTokenizerJson } from './tokenizer-json.js';

const [bytePair, wordPiece, unigram, sentencePiece] = (
  ['byte-pair', 'word-piece', 'unigram', 'sentence-piece'] as const
).map((name) => readTokenizerJson({ tokenizer: readFixture(`${name}.tokenizer.json`) }, name)) as [
  TokenizerDefinition,
  TokenizerDefinition,
  TokenizerDefinition,
  TokenizerDefinition,
];

function added(id: number, content: string, flags: Partial<AddedToken> = {}): AddedToken {
  return { id, content, special: false, lstrip: false, rstrip: false, normalized: false, ...flags };
}

function withAdded(definition: TokenizerDefinition, ...tokens: readonly AddedToken[]): TokenizerDefinition {
  return { ...definition, addedTokens: [...definition.addedTokens, ...tokens] };
}

const sequence = (...pretokenizers: readonly Step[]): Step => ({ type: 'Sequence', pretokenizers });
const normalizers = (...steps: readonly Step[]): Step => ({ type: 'Sequence', normalizers: steps });
const replace = (Regex: string, content: string): Step => ({ type: 'Replace', pattern: { Regex }, content });
const byteLevel = { type: 'ByteLevel', add_prefix_space: false, use_regex: true };
const clipPattern = "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";

const definitions: Readonly<Record<string, TokenizerDefinition>> = {
  BERT: wordPiece,
  'BERT with tokens that swallow white space': withAdded(
    wordPiece,
    added(500, '[R]', { rstrip: true, special: true }),
    added(501, '<both>', { lstrip: true, rstrip: true }),
    added(502, 'The', { normalized: true }),
  ),
  'cased BERT': {
    ...wordPiece,
    normalizer: normalizers(
      { type: 'NFKC' },
      { type: 'Strip', strip_left: true, strip_right: true },
      { type: 'BertNormalizer', lowercase: false, strip_accents: true, clean_text: false },
    ),
    preTokenizer: { type: 'Whitespace' },
  },
  CLIP: {
    ...bytePair,
    addedTokens: bytePair.addedTokens.filter(({ content }) => !content.includes(' ')),
    normalizer: normalizers({ type: 'NFC' }, replace('\\s+', ' '), { type: 'Lowercase' }),
    preTokenizer: sequence(
      { type: 'Split', pattern: { Regex: clipPattern }, behavior: 'Removed', invert: true },
      { ...byteLevel, add_prefix_space: false },
    ),
  },
  'XLM-RoBERTa': {
    ...unigram,
    normalizer: normalizers({ type: 'Precompiled' }, replace(' {2,}', ' ')),
    preTokenizer: sequence({ type: 'WhitespaceSplit' }, { type: 'Metaspace', add_prefix_space: true }),
  },
  Unigram: unigram,
  'T5 with a token that swallows white space': withAdded(
    {
      ...unigram,
      normalizer: normalizers({ type: 'Precompiled' }, { type: 'Strip', strip_right: true }, replace(' {2,}', '▁')),
      preTokenizer: { type: 'Metaspace', prepend_scheme: 'first' },
    },
    added(500, '<mask>', { lstrip: true }),
    added(501, 'Rx', { rstrip: true }),
  ),
  'Metaspace without a first space': {
    ...unigram,
    normalizer: normalizers({ type: 'NFKD' }, { type: 'StripAccents' }),
    preTokenizer: { type: 'Metaspace', prepend_scheme: 'never' },
  },
  'byte pairs': bytePair,
  'byte pairs with a first space': { ...bytePair, preTokenizer: { ...byteLevel, add_prefix_space: true } },
  'byte pairs with tokens of spaces': withAdded(
    { ...bytePair, normalizer: { type: 'NFC' }, preTokenizer: byteLevel },
    added(500, '    ', { normalized: true }),
    added(501, '\n\n', { normalized: true }),
    added(502, '[MASK]', { lstrip: true, special: true }),
    added(503, 'Rx', { rstrip: true }),
    added(504, '<both>', { lstrip: true, rstrip: true }),
  ),
  ...Object.fromEntries(
    [...preTokenizerKinds].map(([name, { preTokenizer, normalizer }]) => [
      name,
      { ...bytePair, preTokenizer, normalizer },
    ]),
  ),
};

// Whatever may matter beside white space: what is swallowed, composed, decomposed into a space, removed, or looked for.
const text = fc
  .array(
    fc.oneof(
      { weight: 2, arbitrary: fc.constantFrom(' ', ' ', '  ', '    ', '\n', '\n\n', '\t', '\r\n', '\u00a0', '\u3000') },
      fc.constantFrom('\u0085', '\u2028', '\u200b', '\ufeff', '\0', '\x7f', '\ud800', '▁', 'Ġ'),
      fc.constantFrom('The', 'the', 'word', 'Größe', 'ΣΟΦΟΣ', 'İ', 'e\u0301', '\u0301', '你好', '。', '𠀀', '한국어'),
      fc.constantFrom(
        "don't",
        "'s",
        "I'LL",
        '.',
        '...',
        ',',
        '</s>',
        '#',
        '/',
        '$',
        '7',
        '123456',
        '½',
        '😀',
        '👩‍👩‍👧',
      ),
      fc.constantFrom('ﱞ', 'ͺ', '‾', '´', 'ﷺ', '～', '[MASK]', '<mask>', '[R]', 'Rx', '<both>', '<tool>', '<|im_end|>'),
      { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 4 }) },
    ),
    { maxLength: 24 },
  )
  .map((parts) => parts.join(''));

describe.each(Object.entries(definitions))('a text in parts: %s', (_, definition) => {
  const tokenizer = buildTokenizer(definition);
  // A token with a space between two others keeps a tokenizer from parting its texts; it is in none of the texts here.
  const undivided = buildTokenizer(withAdded(definition, added(999, '\u{10fffd} \u{10fffd}', { special: true })));

  it('has the tokens of the whole, and they begin as they do without its end', () => {
    fc.assert(
      fc.property(text, fc.boolean(), fc.nat(20), (whole, parseSpecialTokens, maxTokens) => {
        fc.pre(!whole.includes('\u{10fffd}'));
        // Before such a token the library trims U+FEFF too, which is no white space: only in parts it is kept, as it must be.
        fc.pre(!/\ufeff\s+<mask>/.test(whole));
        const ids = undivided.encode(whole, { addSpecialTokens: false, parseSpecialTokens });
        expect(tokenizer.encode(whole, { addSpecialTokens: false, parseSpecialTokens })).toEqual(ids);
        expect(tokenizer.encodePrefix(whole, maxTokens, { parseSpecialTokens })).toEqual({
          ids: ids.slice(0, maxTokens),
          isComplete: ids.length <= maxTokens,
        });
      }),
      { numRuns: 300 },
    );
  });

  it('is parted where there is a space', () => {
    const parts = (tokens: readonly AddedToken[]) =>
      textPartsOf(
        definition,
        tokens.map(({ content }) => content),
      );
    expect([...(parts(definition.addedTokens)?.('one two, three') ?? [])].map((part) => part.trim())).toEqual([
      'one',
      'two,',
      'three',
    ]);
    expect(parts([added(999, '\u{10fffd} \u{10fffd}')])).toBeUndefined();
  });
});

describe('a text is read as a whole', () => {
  const replaced = { type: 'Replace', pattern: { String: '. ' }, content: '.' };
  it.each<[string, TokenizerDefinition]>([
    ['where a space comes before every text', sentencePiece],
    [
      'with an unknown pattern',
      { ...bytePair, preTokenizer: { type: 'Split', pattern: { Regex: '.+' }, behavior: 'Isolated' } },
    ],
    ['with words of a fixed length', { ...bytePair, preTokenizer: { type: 'FixedLength', length: 4 } }],
    ['where spaces are replaced', { ...wordPiece, normalizer: replaced }],
    ['where runs of spaces go', { ...wordPiece, normalizer: replace(' +', '') }],
    ['where spaces are stripped before a word', { ...unigram, normalizer: { type: 'Strip', strip_left: true } }],
    ['where unknown words run together', { ...unigram, preTokenizer: { type: 'WhitespaceSplit' } }],
    ['with an added token of two words', withAdded(wordPiece, added(500, 'New York'))],
    ['with an added token that ends in a space', withAdded(bytePair, added(500, 'and '))],
    ['without a pre-tokenizer', { ...bytePair, preTokenizer: undefined }],
  ])('%s', (_, definition) => {
    expect(
      textPartsOf(
        definition,
        definition.addedTokens.map(({ content }) => content),
      ),
    ).toBeUndefined();
    const tokenizer = buildTokenizer(definition);
    const ids = tokenizer.encode('The quick brown fox. New York and the dog', { addSpecialTokens: false });
    expect(ids.length).toBeGreaterThan(2);
    expect(tokenizer.encodePrefix('The quick brown fox. New York and the dog', 2)).toEqual({
      ids: ids.slice(0, 2),
      isComplete: false,
    });
  });
});

describe('encodePrefix', () => {
  const tokenizer = buildTokenizer(wordPiece);

  it('reads no more of a text than it needs', () => {
    // Nothing may be asked of a text that is read to its end: this one says so.
    let read = 0;
    const long = new Proxy(new String(`the dog ${'word '.repeat(100_000)}`), {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key);
        if (typeof value !== 'function') return value;
        return (...values: readonly number[]) => {
          read = Math.max(read, ...values);
          return Reflect.apply(value, target, values);
        };
      },
    });
    const { ids, isComplete } = tokenizer.encodePrefix(long as unknown as string, 2);
    expect([ids, isComplete]).toEqual([tokenizer.encode('the dog', { addSpecialTokens: false }), false]);
    expect(read).toBeLessThan(100);
  });

  it('knows that nothing but white space follows', () => {
    const ids = tokenizer.encode('the dog', { addSpecialTokens: false });
    expect(tokenizer.encodePrefix('the dog \n ', ids.length)).toEqual({ ids, isComplete: true });
    expect(tokenizer.encodePrefix('the dog .', ids.length)).toEqual({ ids, isComplete: false });
    expect(tokenizer.encodePrefix('', 0)).toEqual({ ids: [], isComplete: true });
    expect(tokenizer.encodePrefix('the', 0)).toEqual({ ids: [], isComplete: false });
  });

  it('works with the tokenizer of a GGUF file', () => {
    for (const name of ['byte-pair', 'word-piece', 'sentence-piece'] as const) {
      const gguf = tokenizerFromGguf(ggufOf(name));
      const ids = gguf.encode('the lazy dog sleeps', { addSpecialTokens: false });
      expect(gguf.encodePrefix('the lazy dog sleeps', 3)).toEqual({ ids: ids.slice(0, 3), isComplete: false });
    }
  });

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses %s tokens', (maxTokens) => {
    expect(() => tokenizer.encodePrefix('the', maxTokens)).toThrow(
      expect.objectContaining({ code: 'InvalidParameter', message: expect.stringContaining('maxTokens') }),
    );
  });
});
