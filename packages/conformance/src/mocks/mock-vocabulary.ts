import { FerrumError } from '@ferrum/registry/errors';
import { hashOf } from './mock-vectors.js';

/** The ids of words, which mocks use for tokens. The same word has the same id in every process. */
const known = new Map<number, string>();

/** A text's words, each with the space before it: joined they are the text. */
export function wordsOf(text: string): readonly string[] {
  return text.match(/\s*\S+|\s+$/g) ?? [];
}

/** Below 2^31; FNV-1a over UTF-16 units. */
export function idOfWord(word: string): number {
  const id = hashOf(word) >>> 1;
  const other = known.get(id);
  if (other !== undefined && other !== word) {
    throw new FerrumError('Tokenizer', `The mock cannot tell "${word}" from "${other}"; write one of them otherwise.`);
  }
  known.set(id, word);
  return id;
}

/** @throws FerrumError `RequestValidation` for an id that no word has had. */
export function wordOfId(id: unknown, parameter: string): string {
  const word = typeof id === 'number' ? known.get(id) : undefined;
  if (word !== undefined) return word;
  throw new FerrumError('RequestValidation', `${parameter}: ${String(id)} is no token that the mock knows.`, {
    details: { parameter },
  });
}
