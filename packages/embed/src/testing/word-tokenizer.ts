import type { Tokenizer } from '@ferrum/models';

/** [CLS] and [SEP] go around a text, [PAD] fills it up. */
export const specialIds = { pad: 0, cls: 1, sep: 2 } as const;

/** Of the words w3, w4 ..., the numbers are the ids; every other word is token 99. */
export const wordTokenizer: Tokenizer = {
  encode: (text, { addSpecialTokens = true } = {}) => {
    const ids = idsOf(text);
    return addSpecialTokens ? [specialIds.cls, ...ids, specialIds.sep] : ids;
  },
  encodePrefix: (text, maxTokens) => {
    const ids = idsOf(text);
    return { ids: ids.slice(0, maxTokens), isComplete: ids.length <= maxTokens };
  },
  decode: notNeeded,
  createDecoder: notNeeded,
  tokenId: notNeeded,
  tokenText: notNeeded,
  tokenBytes: notNeeded,
  isSpecial: (id) => id < 3,
  vocabSize: 100,
  specialTokens: specialIds,
  surroundingTokens: { before: [specialIds.cls], after: [specialIds.sep] },
  pairTokens: {
    before: [specialIds.cls],
    between: [specialIds.sep],
    after: [specialIds.sep],
    types: { before: [0], first: 0, between: [0], second: 1, after: [1] },
  },
  endOfGenerationTokens: new Set(),
};

/** `w3 w4 ...`, so many words. */
export function words(count: number): string {
  return Array.from({ length: count }, (_, i) => `w${i + 3}`).join(' ');
}

function idsOf(text: string): number[] {
  return text
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => (/^w\d+$/.test(word) ? Number(word.slice(1)) : 99));
}

function notNeeded(): never {
  throw new Error('not part of this tokenizer');
}
