import { describe, expect, it } from 'vitest';
import { casesOf, readFixture } from '../testing/tokenizer-fixtures.js';
import { buildTokenizer } from './library-tokenizer.js';
import { readTokenizerJson } from './tokenizer-json.js';

describe.each(['byte-pair', 'sentence-piece'] as const)('the bytes of the tokens of %s', (name) => {
  const tokenizer = buildTokenizer(readTokenizerJson({ tokenizer: readFixture(`${name}.tokenizer.json`) }, 'test'));

  // Inside a text: the first word keeps its space there.
  it('are, joined, the UTF-8 of what Hugging Face decodes', () => {
    for (const { ids, decodedWithSpecialTokens } of casesOf(name)) {
      const bytes = Buffer.concat(ids.map((id) => tokenizer.tokenBytes(id)));
      const expected = Buffer.from(decodedWithSpecialTokens);
      const hasSpace = bytes.length === expected.length + 1 && bytes[0] === 0x20;
      expect(hasSpace ? bytes.subarray(1) : bytes).toEqual(expected);
    }
  });

  it('are a part of a character where a token is', () => {
    const ids = tokenizer.encode('𪜀', { addSpecialTokens: false });
    const parts = ids.map((id) => tokenizer.tokenBytes(id));
    expect(ids.length).toBeGreaterThan(1);
    expect(Buffer.concat(parts).toString('utf8').trimStart()).toBe('𪜀');
  });

  it('of a special token are its text', () => {
    const id = tokenizer.tokenId(name === 'byte-pair' ? '<|im_end|>' : '</s>');
    expect(id).toBeDefined();
    expect(Buffer.from(tokenizer.tokenBytes(id ?? 0)).toString('utf8')).toBe(tokenizer.tokenText(id ?? 0));
  });
});
