import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import { parseShape } from '../shape.js';
import type { AddedToken } from './definition.js';
import { readJsonFile, readTextFile } from './json-file.js';

/** What the `vocabulary.json` or `vocabulary.txt` of a CTranslate2 folder lists. */
export interface Ctranslate2Vocabulary {
  /** Where it was read from, for messages. */
  readonly source: string;
  /** By id. */
  readonly tokens: readonly string[];
}

/** Reads a list in JSON, or a text with a token on each line. Throws `NotFound`, `IO`, `InvalidFormat`. */
export async function readCtranslate2Vocabulary(source: string): Promise<Ctranslate2Vocabulary> {
  if (/\.json$/i.test(source)) {
    const { tokens } = parseShape(listShape, { tokens: await readJsonFile(source) }, source);
    return { source, tokens };
  }
  const text = await readTextFile(source);
  // Tokens hold other line ends than this one.
  return { source, tokens: text.replace(/\n$/, '').split('\n') };
}

/**
 * The control tokens that the vocabulary has and tokenizer.json lacks: of Whisper's older folders, the timestamps.
 * @param idOf the id that tokenizer.json gives to a text
 * @param isTaken whether tokenizer.json has a token of this id
 * @throws FerrumError `InvalidFormat` when the two give such a token different ids
 */
export function missingControlTokens(
  { source, tokens }: Ctranslate2Vocabulary,
  idOf: (text: string) => number | undefined,
  isTaken: (id: number) => boolean,
): readonly AddedToken[] {
  return [...tokens.entries()].flatMap(([id, content]) => {
    if (isTaken(id) || !/^<\|.+\|>$/.test(content)) return [];
    const other = idOf(content);
    if (other === undefined) return { id, content, special: true, lstrip: false, rstrip: false, normalized: false };
    throw new FerrumError(
      'InvalidFormat',
      `${source} gives ${JSON.stringify(content)} the id ${id}, but tokenizer.json gives it ${other}. They are of different models.`,
      { details: { path: source } },
    );
  });
}

/**
 * Whether a token is a time in a transcript, `<|12.34|>` in seconds. It is control like those around it, although Hugging
 * Face's files do not flag it so; else it would count as text, and text that reads like it would become one.
 */
export function isTimestamp(content: string): boolean {
  return /^<\|\d{1,2}\.\d\d\|>$/.test(content);
}

const listShape = v.object({ tokens: v.array(v.string()) });
