import { FerrumError } from '@ferrum/registry/errors';
import { StringList } from '../weights/string-list.js';
import type { AddedToken, Vocabulary } from './definition.js';
import { ListVocabulary, type Strings } from './list-vocabulary.js';
import type { SpecialTokens } from './tokenizer.js';

export type GgufMetadata = ReadonlyMap<string, unknown>;

/** `tokenizer.ggml.token_type`. */
export const tokenType = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

export interface GgufVocabulary {
  readonly texts: Strings;
  /** Per id. All normal when the file has none. */
  readonly types: ArrayLike<number>;
  readonly ids: Vocabulary;
  /** Control, unknown and user-defined tokens; the first two are special. */
  readonly addedTokens: readonly AddedToken[];
  readonly specialTokens: SpecialTokens;
}

/** Throws `InvalidFormat` naming the key. */
export function readVocabulary(metadata: GgufMetadata, source: string): GgufVocabulary {
  const texts = requireStrings(metadata, 'tokenizer.ggml.tokens', source);
  const types =
    readNumbers(metadata, 'tokenizer.ggml.token_type', texts.length, source) ?? new Uint8Array(texts.length).fill(1);
  const ids = new ListVocabulary(texts, (id, other) => {
    throw invalid('tokenizer.ggml.tokens', source, `lists ${JSON.stringify(texts.at(id))} as ${other} and as ${id}`);
  });
  const addedTokens: AddedToken[] = [];
  for (let id = 0; id < texts.length; id++) {
    const special = types[id] === tokenType.control || types[id] === tokenType.unknown;
    if (!special && types[id] !== tokenType.userDefined) continue;
    const content = texts.at(id) ?? '';
    if (content !== '') addedTokens.push({ id, content, special, lstrip: false, rstrip: false, normalized: false });
  }
  const idOf = (name: string) => readTokenId(metadata, `tokenizer.ggml.${name}_token_id`, texts.length, source);
  // "seperator" is how the format spells it.
  const sep = idOf('seperator') ?? idOf('separator');
  return {
    texts,
    types,
    ids,
    addedTokens,
    specialTokens: withoutUndefined({
      bos: idOf('bos'),
      eos: idOf('eos'),
      unk: idOf('unknown'),
      pad: idOf('padding'),
      sep,
      cls: idOf('cls'),
      mask: idOf('mask'),
    }),
  };
}

export function requireStrings(metadata: GgufMetadata, key: string, source: string): Strings {
  const value = metadata.get(key);
  if (isStrings(value) && value.length > 0) return value;
  throw invalid(key, source, value === undefined ? 'is missing' : 'must be a list of strings that is not empty');
}

/** Undefined when absent. A plain or typed array; must hold `count` numbers. */
export function readNumbers(
  metadata: GgufMetadata,
  key: string,
  count: number,
  source: string,
): ArrayLike<number> | undefined {
  const value = metadata.get(key);
  if (value === undefined) return undefined;
  const numbers = isNumericArray(value) ? value : undefined;
  if (numbers?.length === count) return numbers;
  throw invalid(
    key,
    source,
    numbers ? `has ${numbers.length} entries for ${count} tokens` : 'must be a list of numbers',
  );
}

export function readBoolean(metadata: GgufMetadata, key: string, source: string): boolean | undefined {
  const value = metadata.get(key);
  if (value === undefined || typeof value === 'boolean') return value;
  throw invalid(key, source, 'must be true or false');
}

export function readTokenId(
  metadata: GgufMetadata,
  key: string,
  vocabSize: number,
  source: string,
): number | undefined {
  const value = metadata.get(key);
  if (value === undefined) return undefined;
  const id = typeof value === 'bigint' ? Number(value) : value;
  if (typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < vocabSize) return id;
  throw invalid(key, source, `is ${shown(value)}, which is not an id of its ${vocabSize} tokens`);
}

/** For messages: a metadata value that is no list is a short text, a number or a flag. */
export function shown(value: unknown): string {
  return typeof value === 'object' && value !== null ? 'a list' : String(value);
}

export function invalid(key: string, source: string, what: string): FerrumError {
  return new FerrumError('InvalidFormat', `${source}: metadata "${key}" ${what}.`, { details: { key } });
}

export function isStrings(value: unknown): value is Strings {
  return (
    value instanceof StringList || (Array.isArray(value) && value.every((item: unknown) => typeof item === 'string'))
  );
}

function isNumericArray(value: unknown): value is ArrayLike<number> {
  if (Array.isArray(value)) return value.every((item) => typeof item === 'number');
  return (
    ArrayBuffer.isView(value) &&
    'length' in value &&
    !(value instanceof BigInt64Array || value instanceof BigUint64Array)
  );
}

function withoutUndefined(roles: { readonly [Role in keyof SpecialTokens]: number | undefined }): SpecialTokens {
  return Object.fromEntries(Object.entries(roles).filter(([, id]) => id !== undefined));
}
