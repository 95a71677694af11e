import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ggufOf, readFixture } from '../testing/tokenizer-fixtures.js';
import type { AddedToken, TokenizerDefinition } from './definition.js';
import { fewestTokensOf } from './fewest-tokens.js';
import { tokenizerFromGguf } from './gguf-tokenizer.js';
import { buildTokenizer } from './library-tokenizer.js';
import { preTokenizerKinds } from './pre-tokenizer-kinds.js';
import { readTokenizerJson } from './tokenizer-json.js';

const read = (name: string) => readTokenizerJson({ tokenizer: readFixture(`${name}.tokenizer.json`) }, name);
const [bytePair, wordPiece, unigram, sentencePiece] = ['byte-pair', 'word-piece', 'unigram', 'sentence-piece'].map(
  read,
) as [TokenizerDefinition, TokenizerDefinition, TokenizerDefinition, TokenizerDefinition];
const kind = (name: string) => ({ ...bytePair, ...preTokenizerKinds.get(name) });

function added(id: number, content: string, flags: Partial<AddedToken> = {}): AddedToken {
  return { id, content, special: false, lstrip: false, rstrip: false, normalized: false, ...flags };
}

const tokenizers = {
  'byte pairs': buildTokenizer(bytePair),
  SmolLM2: buildTokenizer(kind('smollm')),
  // Composes characters, also across the end of a token found before.
  Qwen: buildTokenizer({
    ...kind('qwen2'),
    addedTokens: [...bytePair.addedTokens, added(500, '<é>'), added(501, 'Ωs\u0301', { normalized: true })],
  }),
  'Llama 3': buildTokenizer(kind('llama-bpe')),
  'DeepSeek 3': buildTokenizer(kind('deepseek-v3')),
  'a GGUF file’s SentencePiece': tokenizerFromGguf(ggufOf('sentence-piece')),
  BERT: buildTokenizer(wordPiece),
  Unigram: buildTokenizer(unigram),
};

const run = fc.tuple(
  fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
    fc.constantFrom(
      ' ',
      '  ',
      '\n',
      '\t\n',
      '=',
      'the',
      ' the',
      'tokens',
      '7',
      '2024',
      '你好',
      '한국어',
      '👩‍👩‍👧',
      '\0',
    ),
    fc.constantFrom('e\u0301', '\u0338', '\ud800', '\u0131', '▁', 'Ġ', '<é>', '<e\u0301>', 'Ωs\u0301', 'Ω', '<0x41>'),
    fc.constantFrom('<|im_end|>', '<s>', '</s>', '<unk>', '<tool>', '[MASK]', '<mask>', '<|im_end|>\u0338'),
  ),
  fc.oneof(fc.constant(1), fc.nat(300)),
);
/** Long enough to be looked at before it is encoded. */
const longText = fc
  .tuple(fc.array(run, { minLength: 1, maxLength: 12 }), fc.constantFrom(' the lazy dog', 'x', '字', '\u0301', '0'))
  .map(([runs, rest]) => runs.map(([piece, count]) => piece.repeat(count)).join('') + rest.repeat(4200));

describe.each(Object.entries(tokenizers))('the tokens of a long text, all or none: %s', (_, tokenizer) => {
  it('are those of the whole when they are no more than asked for', () => {
    fc.assert(
      fc.property(
        longText,
        fc.boolean(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (text, parseSpecialTokens, part) => {
          const ids = tokenizer.encode(text, { addSpecialTokens: false, parseSpecialTokens });
          const get = (maxTokens: number) =>
            tokenizer.encodePrefix(text, maxTokens, { parseSpecialTokens, allOrNone: true });
          expect(get(ids.length)).toEqual({ ids, isComplete: true });
          if (ids.length > 0) {
            expect(get(ids.length - 1)).toEqual({ ids: [], isComplete: false });
            expect(get(Math.floor(part * ids.length * 0.999))).toEqual({ ids: [], isComplete: false });
          }
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe('the fewest tokens of a text', () => {
  const texts = (definition: TokenizerDefinition) => definition.addedTokens.map(({ content }) => content);

  it('are close to those that it has, where it has no long ones', () => {
    const fewest = fewestTokensOf(bytePair, texts(bytePair));
    const digits = '3141592653589793'.repeat(100);
    const count = buildTokenizer(bytePair).encode(digits, { addSpecialTokens: false }).length;
    expect(fewest?.(digits, 10_000)).toBeGreaterThan(count / 2);
    expect(fewest?.(digits, 10_000)).toBeLessThanOrEqual(count);
    expect(fewest?.(digits, 10)).toBe(11);
  });

  it.each<[string, TokenizerDefinition]>([
    ['words may be one unknown token', wordPiece],
    ['unknown characters run together', unigram],
    ['white space beside a token goes', { ...bytePair, addedTokens: [added(500, '<m>', { lstrip: true })] }],
    ['a space comes before a text', { ...bytePair, preTokenizer: { type: 'ByteLevel', add_prefix_space: true } }],
    ['white space is dropped', { ...bytePair, preTokenizer: { type: 'Whitespace' } }],
    ['a special token can be merged from text', { ...bytePair, addedTokens: [added(300, 'Ġt', { special: true })] }],
  ])('are not told where %s', (_, definition) => {
    expect(fewestTokensOf(definition, texts(definition))).toBeUndefined();
  });

  it('are told of a SentencePiece model that falls back to bytes, and not of one that does not', () => {
    const { model } = sentencePiece;
    if (model.kind !== 'bpe') throw new Error('the fixture is no byte-pair encoding');
    expect(fewestTokensOf(sentencePiece, [])).toBeDefined();
    expect(fewestTokensOf({ ...sentencePiece, model: { ...model, byteFallback: false } }, [])).toBeUndefined();
  });
});
