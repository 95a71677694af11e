import { join } from 'node:path';
import { FerrumError } from '@ferrum/registry/errors';
import { readCtranslate2Vocabulary } from './ctranslate2-vocabulary.js';
import { ifPresent, readJsonFile, readTextFile } from './json-file.js';
import { buildTokenizer } from './library-tokenizer.js';
import type { Tokenizer } from './tokenizer.js';
import { readGenerationConfig, readTokenizerConfig, type TokenizerConfig } from './tokenizer-config.js';
import { readTokenizerJson } from './tokenizer-json.js';
import { tokenizerOfVocabulary } from './word-piece-vocabulary.js';

/** Paths of a tokenizer's files. Those named must exist. */
export interface TokenizerFiles {
  readonly tokenizerJson: string;
  readonly tokenizerConfig?: string;
  readonly specialTokensMap?: string;
  readonly generationConfig?: string;
  /** `vocabulary.json` or `vocabulary.txt` of a CTranslate2 folder: has control tokens that its tokenizer.json may lack. */
  readonly vocabulary?: string;
}

/**
 * Opens the `tokenizer.json` of a folder, or the `vocab.txt` of a BERT tokenizer that has no other, with those of the other
 * files that are there; or exactly the files named.
 * Throws `NotFound`, `IO`, `InvalidFormat` naming file and field, `Unsupported` naming a step that is not known.
 */
export async function loadTokenizer(from: string | TokenizerFiles): Promise<Tokenizer> {
  const files = typeof from === 'string' ? filesOf(from) : from;
  const read = async <T>(path: string | undefined, parse: (value: unknown, source: string) => T) => {
    if (path === undefined) return undefined;
    const reading = readJsonFile(path).then((value) => parse(value, path));
    return typeof from === 'string' ? ifPresent(reading) : reading;
  };
  const [written, config, map, endOfGeneration, vocabulary] = await Promise.all([
    typeof from === 'string' ? ifPresent(readJsonFile(files.tokenizerJson)) : readJsonFile(files.tokenizerJson),
    read(files.tokenizerConfig, readTokenizerConfig),
    read(files.specialTokensMap, readTokenizerConfig),
    read(files.generationConfig, readGenerationConfig),
    typeof from === 'string' ? findVocabulary(from) : from.vocabulary && readCtranslate2Vocabulary(from.vocabulary),
  ]);
  const configs = [config, map].filter((one) => one !== undefined);
  const { tokenizer, source } =
    written === undefined
      ? await readVocabulary(from as string, configs)
      : { tokenizer: written, source: files.tokenizerJson };
  const beside = { ...(endOfGeneration && { endOfGeneration }), ...(vocabulary && { vocabulary }) };
  return buildTokenizer(readTokenizerJson({ tokenizer, configs, ...beside }, source));
}

async function findVocabulary(directory: string) {
  const inJson = await ifPresent(readCtranslate2Vocabulary(join(directory, 'vocabulary.json')));
  return inJson ?? (await ifPresent(readCtranslate2Vocabulary(join(directory, 'vocabulary.txt'))));
}

async function readVocabulary(directory: string, configs: readonly TokenizerConfig[]) {
  const source = join(directory, 'vocab.txt');
  const text = await ifPresent(readTextFile(source));
  if (text !== undefined) return { tokenizer: tokenizerOfVocabulary(text, configs, source), source };
  const path = join(directory, 'tokenizer.json');
  throw new FerrumError('NotFound', `There is no ${path}, nor the vocab.txt of a BERT tokenizer beside it.`, {
    details: { path },
  });
}

function filesOf(directory: string): TokenizerFiles {
  return {
    tokenizerJson: join(directory, 'tokenizer.json'),
    tokenizerConfig: join(directory, 'tokenizer_config.json'),
    specialTokensMap: join(directory, 'special_tokens_map.json'),
    generationConfig: join(directory, 'generation_config.json'),
  };
}
