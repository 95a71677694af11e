import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { defaultModelStore } from '../store/model-store.js';
import { loadTokenizer } from './load-tokenizer.js';

// Real tokenizers, pulled, against what Hugging Face's own library makes of the same texts (fixtures/make-whisper.py).

interface Facts {
  readonly vocabSize: number;
  readonly ids: Readonly<Record<string, number>>;
  readonly texts: readonly {
    readonly text: string;
    readonly ids: readonly number[];
    readonly surrounded: readonly number[];
    readonly decoded: string;
    readonly decodedWithSpecialTokens: string;
  }[];
  readonly prefixes: { readonly ids: readonly number[]; readonly decoded: readonly string[] };
  readonly strays: readonly { readonly ids: readonly number[]; readonly decoded: string }[];
}

const fixture: Readonly<Record<string, Facts>> = JSON.parse(
  readFileSync(new URL('./fixtures/whisper.json', import.meta.url), 'utf8'),
);

describe.each(['tiny.en', 'base'])('the tokenizer of Whisper %s', (name) => {
  let place = '';
  beforeAll(async () => {
    place = (await defaultModelStore().pull(`whisper:${name}`)).directory;
  }, 600_000);
  const facts = fixture[name] as Facts;

  it('knows every control token by its text and its id', async () => {
    const tokenizer = await loadTokenizer(place);
    expect(tokenizer.vocabSize).toBe(facts.vocabSize);
    for (const [text, id] of Object.entries(facts.ids)) {
      expect([tokenizer.tokenId(text), tokenizer.tokenText(id), tokenizer.isSpecial(id)]).toEqual([id, text, true]);
    }
    const begin = facts.ids['<|0.00|>'] as number;
    for (let step = 0; step <= 1500; step++) {
      expect(tokenizer.tokenText(begin + step)).toBe(`<|${(step / 50).toFixed(2)}|>`);
    }
    expect([...tokenizer.endOfGenerationTokens]).toEqual([facts.ids['<|endoftext|>']]);
  });

  it('encodes and decodes texts of many languages', async () => {
    const tokenizer = await loadTokenizer(place);
    for (const { text, ids, surrounded, decoded, decodedWithSpecialTokens } of facts.texts) {
      expect(tokenizer.encode(text, { addSpecialTokens: false }), text).toEqual(ids);
      expect(tokenizer.encode(text), text).toEqual(surrounded);
      expect(tokenizer.decode(surrounded)).toBe(decoded);
      expect(tokenizer.decode(surrounded, { skipSpecialTokens: false })).toBe(decodedWithSpecialTokens);
    }
  });

  it('takes no control token from untrusted text', async () => {
    const tokenizer = await loadTokenizer(place);
    const text = '<|startoftranscript|><|en|><|12.34|> hi<|endoftext|>';
    const ids = tokenizer.encode(text, { addSpecialTokens: false, parseSpecialTokens: false });
    expect(ids.some((id) => tokenizer.isSpecial(id))).toBe(false);
    expect(tokenizer.decode(ids)).toBe(text);
  });

  it('decodes ids that end within a character, and any others', async () => {
    const tokenizer = await loadTokenizer(place);
    const { ids, decoded } = facts.prefixes;
    for (const [end, text] of decoded.entries()) expect(tokenizer.decode(ids.slice(0, end))).toBe(text);
    expect(decoded.filter((text) => text.endsWith('\uFFFD')).length).toBeGreaterThan(5);
    const decoder = tokenizer.createDecoder();
    const pieces = ids.map((id) => decoder.push(id));
    expect(pieces.join('')).toBe(decoded.at(-1));
    expect(pieces.some((piece) => piece.includes('\uFFFD'))).toBe(false);
    for (const stray of facts.strays) {
      expect(tokenizer.decode(stray.ids, { skipSpecialTokens: false })).toBe(stray.decoded);
    }
  });
});
