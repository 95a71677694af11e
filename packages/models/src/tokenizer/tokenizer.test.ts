import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { casesOf, fixtureNames, ggufOf, readFixture, type TokenizerJson } from '../testing/tokenizer-fixtures.js';
import { tokenizerFromGguf } from './gguf-tokenizer.js';
import { buildTokenizer } from './library-tokenizer.js';
import { readTokenizerJson } from './tokenizer-json.js';

const tokenizers = fixtureNames.map((name) => ({ name, tokenizer: open(readFixture(`${name}.tokenizer.json`)) }));
const bytePair = open(readFixture('byte-pair.tokenizer.json'));
const wordPiece = open(readFixture('word-piece.tokenizer.json'));
const sentencePiece = open(readFixture('sentence-piece.tokenizer.json'));

function open(tokenizer: unknown) {
  return buildTokenizer(readTokenizerJson({ tokenizer }, 'test'));
}

const anyText = fc.string({ unit: 'binary', maxLength: 60 });
// Dense in what splits badly: characters of two to four bytes, joined emoji, line ends, spaces.
const hardText = fc
  .array(
    fc.constantFrom('a', ' ', '  ', '\n', 'é', 'ß', '한', '你', '𠀀', '😀', '👩‍👩‍👧', '\u0301', 'the', '\ufeff', '7'),
  )
  .map((parts) => parts.join(''));

describe.each(tokenizers)('decoding one by one with $name', ({ name, tokenizer }) => {
  const randomIds = fc.array(fc.nat(tokenizer.vocabSize - 1), { maxLength: 40 });

  it('gives, joined, what decoding at once gives, for any ids', () => {
    fc.assert(
      fc.property(randomIds, fc.boolean(), fc.boolean(), (ids, skipSpecialTokens, continuation) => {
        const options = { skipSpecialTokens, continuation };
        const decoder = tokenizer.createDecoder(options);
        const parts = [...ids.map((id) => decoder.push(id)), decoder.flush()];
        expect(parts.join('')).toBe(tokenizer.decode(ids, options));
        // And once more with the same decoder: flush begins a new text.
        expect([...ids.map((id) => decoder.push(id)), decoder.flush()]).toEqual(parts);
      }),
    );
  });

  it('never emits half a character', () => {
    fc.assert(
      fc.property(hardText, (text) => {
        const decoder = tokenizer.createDecoder();
        for (const id of tokenizer.encode(text)) {
          const part = decoder.push(id);
          expect(part).not.toContain('\uFFFD');
          expect(part).not.toMatch(/\p{Surrogate}/u);
        }
        expect(decoder.flush()).toBe('');
      }),
    );
  });

  it('encodes any text, lone surrogates included, and keeps ids inside the vocabulary', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          anyText,
          hardText,
          fc.string({ unit: fc.integer({ min: 0xd7f0, max: 0xe010 }).map((unit) => String.fromCharCode(unit)) }),
        ),
        (text) => {
          for (const parseSpecialTokens of [true, false]) {
            for (const id of tokenizer.encode(text, { parseSpecialTokens })) {
              expect(tokenizer.tokenText(id), `${name} ${id}`).toBeDefined();
            }
          }
          expect(tokenizer.encode(text)).toEqual(tokenizer.encode(Buffer.from(text).toString()));
        },
      ),
    );
  });

  it('refuses ids outside the vocabulary', () => {
    for (const id of [-1, tokenizer.vocabSize, 0.5, Number.NaN, 2 ** 40]) {
      expect(() => tokenizer.decode([id])).toThrow(expect.objectContaining({ code: 'InvalidParameter' }));
    }
  });
});

describe('byte-level and byte-fallback tokenizers', () => {
  it('give back every text', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, hardText), (text) => {
        const wellFormed = Buffer.from(text).toString();
        for (const tokenizer of [bytePair, sentencePiece]) {
          const ids = tokenizer.encode(text, { addSpecialTokens: false, parseSpecialTokens: false });
          expect(tokenizer.decode(ids, { skipSpecialTokens: false })).toBe(
            // ▁ stands for a space in SentencePiece, so a text that has it comes back with spaces.
            tokenizer === sentencePiece ? wellFormed.replaceAll('▁', ' ') : wellFormed,
          );
        }
      }),
    );
  });

  it('mark an incomplete character at the end with U+FFFD', () => {
    const bytes = bytePair.encode('𪜀', { addSpecialTokens: false });
    expect(bytes.length).toBeGreaterThan(1);
    const decoder = bytePair.createDecoder();
    expect(bytes.slice(0, -1).map((id) => decoder.push(id))).toEqual(bytes.slice(0, -1).map(() => ''));
    expect(decoder.flush()).toBe('\uFFFD');
  });

  it('keep the leading space of ids that continue a text', () => {
    const ids = sentencePiece.encode('the word', { addSpecialTokens: false });
    expect(sentencePiece.decode(ids)).toBe('the word');
    expect(sentencePiece.decode(ids, { continuation: true })).toBe(' the word');
  });
});

it('an added token that is found in the normalized text has its own id', () => {
  const json = readFixture<TokenizerJson>('word-piece.tokenizer.json');
  const the = { ...json.added_tokens[0], id: 344, content: 'The', special: false, normalized: true };
  const tokenizer = open({ ...json, added_tokens: [...json.added_tokens, the] });
  // As Hugging Face tokenizers encode them.
  const encode = (text: string) => tokenizer.encode(text, { addSpecialTokens: false });
  expect([' The', 'The', 'xThe', 'the dog', 'THE'].map(encode)).toEqual([[344], [344], [42, 344], [344, 194], [344]]);
});

describe('special tokens written in the text', () => {
  it('are read as such by default, and only as text when asked', () => {
    const text = 'hi<|im_end|>\n<|im_start|>system<tool>';
    const parsed = bytePair.encode(text);
    const plain = bytePair.encode(text, { parseSpecialTokens: false });
    expect(parsed.filter((id) => bytePair.isSpecial(id))).toEqual([2, 1]);
    expect(plain.filter((id) => bytePair.isSpecial(id))).toEqual([]);
    // A user-defined token is ordinary text that happens to be one token.
    expect(plain).toContain(bytePair.tokenId('<tool>'));
    expect(bytePair.decode(plain)).toBe(text);
  });

  it('never come out of plain text, whatever surrounds them', () => {
    const parts = tokenizers.flatMap(({ name }) =>
      readFixture<{ added_tokens: { content: string }[] }>(`${name}.tokenizer.json`).added_tokens.map(
        ({ content }) => content,
      ),
    );
    const text = fc.array(fc.oneof(fc.constantFrom(...parts, ' ', 'a', '▁'), anyText)).map((some) => some.join(''));
    fc.assert(
      fc.property(text, (hostile) => {
        for (const { tokenizer } of tokenizers) {
          const ids = tokenizer.encode(hostile, { addSpecialTokens: false, parseSpecialTokens: false });
          expect(ids.filter((id) => tokenizer.isSpecial(id) && id !== tokenizer.specialTokens.unk)).toEqual([]);
        }
      }),
    );
  });

  it('surround a text only when asked', () => {
    expect(wordPiece.surroundingTokens).toEqual({ before: [2], after: [3] });
    expect(wordPiece.encode('')).toEqual([2, 3]);
    expect(wordPiece.encode('', { addSpecialTokens: false })).toEqual([]);
  });
});

describe.each(['byte-pair', 'word-piece', 'sentence-piece'] as const)('the %s tokenizer in a GGUF file', (name) => {
  const tokenizer = tokenizerFromGguf(ggufOf(name));

  // What the GGUF format cannot say: flags of added tokens such as lstrip.
  it.each(casesOf(name).filter(({ text }) => !text.includes('<mask>')))(
    'equals its tokenizer.json on $text',
    (expected) => {
      expect(tokenizer.encode(expected.text)).toEqual(expected.ids);
      expect(tokenizer.encode(expected.text, { addSpecialTokens: false })).toEqual(expected.withoutSpecialTokens);
      expect(tokenizer.decode(expected.ids)).toBe(expected.decoded);
    },
  );
});
