import { inspect } from 'node:util';
import type { EmbedInput } from '@ferrum/interfaces';
import type { Tokenizer } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';
import type { TextInput } from '../engine/text-tensors.js';
import type { TextSettings } from '../model/text-source.js';
import { encodeStart } from './encode-start.js';

export interface TextPreparation {
  readonly truncate: 'error' | 'end';
  /** Goes before a text; token ids are left as they are. */
  readonly prompt: string;
}

/** A text that can be run, and how many of its tokens are no padding. */
export interface PreparedText {
  readonly input: TextInput;
  readonly tokens: number;
}

export interface TextReader {
  readonly tokenizer: Tokenizer;
  readonly settings: TextSettings;
  readonly vocabularySize: number;
  /** Every text is filled up to so many tokens, which the model reads like the others. */
  readonly paddedTokens?: number | undefined;
}

/**
 * Makes tokens of an input.
 * @param name for people: which input it is
 * @throws FerrumError `RequestValidation` for what is no text, or too long under `error`.
 */
export function prepareText(
  reader: TextReader,
  input: EmbedInput,
  { truncate, prompt }: TextPreparation,
  name: string,
): PreparedText {
  const ids =
    typeof input === 'string'
      ? tokenize(reader, input, prompt, truncate, name)
      : checkIds(reader, input, truncate, name);
  return {
    input: {
      ids: fill(reader, ids),
      pooledFrom: typeof input === 'string' ? pooledFrom(reader, prompt, ids.length) : 0,
    },
    tokens: ids.length,
  };
}

/** @throws FerrumError `RequestValidation` for what is no well-formed string. */
export function requireText(text: unknown, name: string): string {
  if (typeof text !== 'string') {
    const kind = text === null ? 'null' : Array.isArray(text) ? 'a list' : typeof text;
    throw invalidText(`${name} is ${kind}; expected a string.`, name);
  }
  const at = text.search(/\p{Surrogate}/u);
  if (at < 0) return text;
  throw invalidText(
    `${name} is no valid text: half a surrogate pair stands alone at offset ${at}. Repair it, e.g. with toWellFormed().`,
    name,
  );
}

/**
 * @param added tokens that the tokenizer puts around
 * @returns how many tokens are left for text
 * @throws FerrumError `Unsupported` when none are
 */
export function requireRoom(maxTokens: number, added: number): number {
  if (maxTokens > added) return maxTokens - added;
  throw new FerrumError(
    'Unsupported',
    `The model reads ${maxTokens} tokens, and the tokenizer adds ${added} of its own: no text has room. Raise maxSequenceLength.`,
  );
}

export function invalidText(message: string, name: string): FerrumError {
  return new FerrumError('RequestValidation', message, { details: { input: name } });
}

function tokenize(
  { tokenizer, settings, vocabularySize }: TextReader,
  input: string,
  prompt: string,
  truncate: 'error' | 'end',
  name: string,
): readonly number[] {
  const text = prompt + requireText(input, name);
  const { before, after } = tokenizer.surroundingTokens;
  const room = requireRoom(settings.maxTokens, before.length + after.length);
  const cased = settings.lowercases ? text.toLowerCase() : text;
  const { ids, isComplete } = encodeStart(tokenizer, cased, room);
  if (!isComplete && truncate === 'error') throw tooLong(name, `more than the ${settings.maxTokens}`);
  const all = [...before, ...ids, ...after];
  if (all.length === 0) throw invalidText(`${name} has no token to embed.`, name);
  return requireKnown(all, tokenizer, vocabularySize, name);
}

/** @throws FerrumError `Tokenizer` for a token that the model has no embedding of. */
export function requireKnown(
  ids: readonly number[],
  tokenizer: Tokenizer,
  vocabularySize: number,
  name: string,
): readonly number[] {
  const unknown = tokenizer.vocabSize > vocabularySize ? ids.find((id) => id >= vocabularySize) : undefined;
  if (unknown === undefined) return ids;
  throw new FerrumError(
    'Tokenizer',
    `${name} has the token ${unknown} (${JSON.stringify(tokenizer.tokenText(unknown))}), but the model has embeddings of ` +
      `only ${vocabularySize}: tokenizer and weights do not belong together.`,
  );
}

function checkIds(
  { tokenizer, settings, vocabularySize }: TextReader,
  input: readonly number[],
  truncate: 'error' | 'end',
  name: string,
): readonly number[] {
  if (!Array.isArray(input)) throw invalidText(`${name} is neither a string nor a list of token ids.`, name);
  if (input.length === 0) throw invalidText(`${name} has no token; a list of token ids needs one.`, name);
  const wrong = input.findIndex((id) => !Number.isInteger(id) || id < 0 || id >= vocabularySize);
  if (wrong >= 0) {
    throw invalidText(
      `${name} has ${inspect(input[wrong])} as its token ${wrong}; ids are whole numbers from 0 to ${vocabularySize - 1}.`,
      name,
    );
  }
  if (input.length <= settings.maxTokens) return [...input];
  if (truncate === 'error') throw tooLong(name, `${input.length}, more than the ${settings.maxTokens}`);
  // What ends a text ends its start too.
  const { after } = tokenizer.surroundingTokens;
  const end = after.every((id, i) => input.at(i - after.length) === id) ? after : [];
  return [...input.slice(0, settings.maxTokens - end.length), ...end];
}

function tooLong(name: string, tokens: string): FerrumError {
  return invalidText(`${name} has ${tokens} tokens that the model reads. Shorten it, or pass truncate: 'end'.`, name);
}

function fill({ paddedTokens, tokenizer }: TextReader, ids: readonly number[]): readonly number[] {
  if (paddedTokens === undefined) return ids;
  const padding = tokenizer.specialTokens.pad ?? tokenizer.specialTokens.eos ?? 0;
  return [...ids, ...Array.from({ length: paddedTokens - ids.length }, () => padding)];
}

/** What sentence-transformers counts as the prompt: its tokens alone, and those before every text. */
function pooledFrom({ settings, tokenizer }: TextReader, prompt: string, tokens: number): number {
  if (settings.includesPrompt || prompt === '') return 0;
  const cased = settings.lowercases ? prompt.toLowerCase() : prompt;
  const { length } = tokenizer.encode(cased, { addSpecialTokens: false });
  return Math.min(tokens - 1, tokenizer.surroundingTokens.before.length + length);
}
