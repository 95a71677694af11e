import type { Tokenizer } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';
import type { TextInput } from '../engine/text-tensors.js';
import { encodeStart } from './encode-start.js';
import { requireKnown, requireRoom, requireText } from './prepare-text.js';
import { truncatePair } from './truncate-pair.js';

/** Makes the tokens of a query with a document. */
export interface PairReader {
  readonly tokenizer: Tokenizer;
  /** Of query, document and special tokens together. */
  readonly maxTokens: number;
  readonly vocabularySize: number;
}

/** A query's tokens, as many as may ever be needed. */
export interface PreparedQuery {
  readonly ids: readonly number[];
}

/** @throws FerrumError `RequestValidation` for what is no well-formed string. */
export function prepareQuery({ tokenizer, maxTokens, vocabularySize }: PairReader, query: string): PreparedQuery {
  const { ids } = encodeStart(tokenizer, requireText(query, 'query'), maxTokens);
  return { ids: requireKnown(ids, tokenizer, vocabularySize, 'query') };
}

/**
 * What is too long together is cut, the longer text first.
 * @throws FerrumError `RequestValidation` for what is no well-formed string, `Unsupported` when the tokenizer joins no pairs.
 */
export function preparePair(
  { tokenizer, maxTokens, vocabularySize }: PairReader,
  query: PreparedQuery,
  document: string,
  name: string,
): TextInput {
  const { pairTokens } = tokenizer;
  if (!pairTokens) {
    throw new FerrumError('Unsupported', "The model's tokenizer does not say how two texts are joined.");
  }
  const { before, between, after, types } = pairTokens;
  const room = requireRoom(maxTokens, before.length + between.length + after.length);
  // As many as the query has, at least: which of the two is the longer one matters.
  const { ids } = encodeStart(tokenizer, requireText(document, name), Math.max(room, query.ids.length));
  requireKnown(ids, tokenizer, vocabularySize, name);
  const [first, second] = truncatePair(query.ids.length, ids.length, room);
  const isOf = (count: number, type: number) => Array.from({ length: count }, () => type);
  return {
    ids: [...before, ...query.ids.slice(0, first), ...between, ...ids.slice(0, second), ...after],
    types: [
      ...types.before,
      ...isOf(first, types.first),
      ...types.between,
      ...isOf(second, types.second),
      ...types.after,
    ],
    pooledFrom: 0,
  };
}
