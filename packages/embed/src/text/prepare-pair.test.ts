import path from 'node:path';
import { loadTokenizer } from '@ferrum/models';
import { describe, expect, it } from 'vitest';
import { readPairs } from '../testing/read-pairs.js';
import { temporaryFolder, writeFiles } from '../testing/temporary-folder.js';
import { words, wordTokenizer } from '../testing/word-tokenizer.js';
import { preparePair, prepareQuery } from './prepare-pair.js';

const folder = temporaryFolder();
const { tokenizers } = readPairs();

describe.each(['bert', 'roberta', 'template'] as const)('a pair for a tokenizer like %s', (name) => {
  const { file, pairs } = tokenizers[name];
  writeFiles(folder, { [`${name}/tokenizer.json`]: file });

  it.each(pairs)(
    'has the ids and types of Hugging Face tokenizers: "$query", "$document", $maxTokens',
    async (pair) => {
      const tokenizer = await loadTokenizer(path.join(folder, name));
      const { query, document, maxTokens, ids, types } = pair;
      const reader = { tokenizer, maxTokens, vocabularySize: tokenizer.vocabSize };
      expect(preparePair(reader, prepareQuery(reader, query), document, 'documents[0]')).toEqual({
        ids,
        types,
        pooledFrom: 0,
      });
    },
  );
});

describe('a pair', () => {
  const reader = { tokenizer: wordTokenizer, maxTokens: 10, vocabularySize: 100 };

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a list', ['w3']],
    ['number', 3],
  ])('is refused when its document is %s', (kind, document) => {
    const query = prepareQuery(reader, words(2));
    expect(() => preparePair(reader, query, document as string, 'documents[7]')).toThrow(
      expect.objectContaining({
        code: 'RequestValidation',
        message: `documents[7] is ${kind}; expected a string.`,
        details: { input: 'documents[7]' },
      }),
    );
  });

  it('is refused when half a surrogate pair stands alone in one of its texts', () => {
    const refusal = (input: string) =>
      expect.objectContaining({
        code: 'RequestValidation',
        message: expect.stringContaining('offset 3'),
        details: { input },
      });
    expect(() => prepareQuery(reader, 'abc\uD83D')).toThrow(refusal('query'));
    const query = prepareQuery(reader, words(2));
    expect(() => preparePair(reader, query, 'abc\uDE00', 'documents[0]')).toThrow(refusal('documents[0]'));
  });

  it('is refused by a tokenizer that joins no texts', () => {
    const single = { ...reader, tokenizer: { ...wordTokenizer, pairTokens: undefined } };
    expect(() => preparePair(single, prepareQuery(single, 'w3'), 'w4', 'documents[0]')).toThrow(
      expect.objectContaining({ code: 'Unsupported', message: expect.stringContaining('how two texts are joined') }),
    );
  });

  it.each([1, 3])('is refused where %i tokens leave no room for text', (maxTokens) => {
    const small = { ...reader, maxTokens };
    expect(() => preparePair(small, prepareQuery(small, 'w3'), 'w4', 'documents[0]')).toThrow(
      expect.objectContaining({ code: 'Unsupported', message: expect.stringContaining(`reads ${maxTokens} tokens`) }),
    );
  });
});
