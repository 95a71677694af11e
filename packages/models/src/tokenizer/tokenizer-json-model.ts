import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import { parseShape, wholeNumber } from '../shape.js';
import type { ModelDefinition, Vocabulary } from './definition.js';
import { MapVocabulary } from './map-vocabulary.js';
import { readMerges } from './merges-by-rank.js';

/** Ids index arrays; the bound keeps a hostile file from making them huge. The largest vocabularies have about 2^18. */
export const tokenIdSchema = v.pipe(wholeNumber, v.minValue(0), v.ltValue(2 ** 24));

/** Reads `model` of tokenizer.json. Vocabulary and merges are checked by hand: they hold most of the file. */
export function readModel(model: { readonly type?: string | undefined }, source: string): ModelDefinition {
  const where = `${source}: model`;
  const type = model.type ?? inferType(model);
  switch (type) {
    case 'BPE':
      return readBpe(parseShape(bpeShape, model, where), where);
    case 'WordPiece': {
      const shape = parseShape(wordPieceShape, model, where);
      return {
        kind: 'wordpiece',
        vocabulary: readVocabulary(shape.vocab, where),
        unknownToken: shape.unk_token,
        continuingSubwordPrefix: shape.continuing_subword_prefix,
        maxInputCharactersPerWord: shape.max_input_chars_per_word,
      };
    }
    case 'Unigram': {
      const shape = parseShape(unigramShape, model, where);
      if (shape.unk_id < shape.vocab.length) return { kind: 'unigram', pieces: shape.vocab, unknownId: shape.unk_id };
      throw new FerrumError('InvalidFormat', `${where}: unk_id ${shape.unk_id} is outside the vocabulary.`);
    }
    default:
      throw new FerrumError(
        'Unsupported',
        `${where} type "${type ?? '(none)'}" is not supported; BPE, WordPiece and Unigram are.`,
      );
  }
}

const orNone = v.nullish(v.string());
const flag = v.nullish(v.boolean());
const bpeShape = v.looseObject({
  vocab: v.unknown(),
  merges: v.custom<readonly unknown[]>((value) => Array.isArray(value), 'must be a list'),
  unk_token: orNone,
  continuing_subword_prefix: orNone,
  end_of_word_suffix: orNone,
  fuse_unk: flag,
  byte_fallback: flag,
  ignore_merges: flag,
});
const wordPieceShape = v.looseObject({
  vocab: v.unknown(),
  unk_token: v.string(),
  continuing_subword_prefix: v.optional(v.string(), '##'),
  max_input_chars_per_word: v.optional(v.pipe(wholeNumber, v.minValue(1)), 100),
});
const unigramShape = v.looseObject({
  vocab: v.pipe(v.array(v.strictTuple([v.string(), v.pipe(v.number(), v.finite())])), v.minLength(1)),
  unk_id: tokenIdSchema,
  byte_fallback: v.nullish(v.literal(false)),
});

/** Files of 2020 and before leave the type out. */
function inferType(model: object): string | undefined {
  if (!('vocab' in model)) return undefined;
  if (Array.isArray(model.vocab)) return 'Unigram';
  if ('merges' in model) return 'BPE';
  return 'continuing_subword_prefix' in model ? 'WordPiece' : undefined;
}

function readBpe(shape: v.InferOutput<typeof bpeShape>, where: string): ModelDefinition {
  if (shape.continuing_subword_prefix) {
    throw new FerrumError('Unsupported', `${where}: BPE with a continuing_subword_prefix is not supported.`);
  }
  const vocabulary = readVocabulary(shape.vocab, where);
  if (typeof shape.unk_token === 'string' && !vocabulary.has(shape.unk_token)) {
    throw new FerrumError('InvalidFormat', `${where}: unk_token "${shape.unk_token}" is not in the vocabulary.`);
  }
  return {
    kind: 'bpe',
    vocabulary,
    merges: readMerges(shape.merges, vocabulary, `${where}: merges`),
    ...(typeof shape.unk_token === 'string' && { unknownToken: shape.unk_token }),
    ...(shape.end_of_word_suffix && { endOfWordSuffix: shape.end_of_word_suffix }),
    fuseUnknown: shape.fuse_unk ?? false,
    byteFallback: shape.byte_fallback ?? false,
    ignoreMerges: shape.ignore_merges ?? false,
  };
}

function readVocabulary(vocab: unknown, where: string): Vocabulary {
  if (typeof vocab !== 'object' || vocab === null || Array.isArray(vocab)) {
    throw new FerrumError('InvalidFormat', `${where}: vocab must be an object of token to id.`);
  }
  const vocabulary = new Map<string, number>();
  const tokenOfId: string[] = [];
  for (const [token, id] of Object.entries(vocab)) {
    if (!Number.isInteger(id) || id < 0 || id >= 2 ** 24) {
      throw new FerrumError('InvalidFormat', `${where}: vocab gives ${JSON.stringify(token)} the id ${String(id)}.`);
    }
    const other = tokenOfId[id];
    if (other !== undefined) {
      throw new FerrumError(
        'InvalidFormat',
        `${where}: vocab gives both ${JSON.stringify(other)} and ${JSON.stringify(token)} the id ${id}.`,
      );
    }
    tokenOfId[id] = token;
    vocabulary.set(token, id);
  }
  return new MapVocabulary(vocabulary);
}
