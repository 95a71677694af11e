import { join } from 'node:path';
import { ifPresent, readJsonFile } from './json-file.js';
import { buildTokenizer } from './library-tokenizer.js';
import type { Tokenizer } from './tokenizer.js';
import { readGenerationConfig, readTokenizerConfig } from './tokenizer-config.js';
import { readTokenizerJson } from './tokenizer-json.js';

/** Paths of a tokenizer's files. Those named must exist. */
export interface TokenizerFiles {
  readonly tokenizerJson: string;
  readonly tokenizerConfig?: string;
  readonly specialTokensMap?: string;
  readonly generationConfig?: string;
}

/**
 * Opens the `tokenizer.json` of a folder, with those of the other files that are there, or exactly the files named.
 * Throws `NotFound`, `IO`, `InvalidFormat` naming file and field, `Unsupported` naming a step that is not known.
 */
export async function loadTokenizer(from: string | TokenizerFiles): Promise<Tokenizer> {
  const files = typeof from === 'string' ? filesOf(from) : from;
  const read = async <T>(path: string | undefined, parse: (value: unknown, source: string) => T) => {
    if (path === undefined) return undefined;
    const reading = readJsonFile(path).then((value) => parse(value, path));
    return typeof from === 'string' ? ifPresent(reading) : reading;
  };
  const [tokenizer, config, map, endOfGeneration] = await Promise.all([
    readJsonFile(files.tokenizerJson),
    read(files.tokenizerConfig, readTokenizerConfig),
    read(files.specialTokensMap, readTokenizerConfig),
    read(files.generationConfig, readGenerationConfig),
  ]);
  const configs = [config, map].filter((one) => one !== undefined);
  return buildTokenizer(
    readTokenizerJson({ tokenizer, configs, ...(endOfGeneration && { endOfGeneration }) }, files.tokenizerJson),
  );
}

function filesOf(directory: string): TokenizerFiles {
  return {
    tokenizerJson: join(directory, 'tokenizer.json'),
    tokenizerConfig: join(directory, 'tokenizer_config.json'),
    specialTokensMap: join(directory, 'special_tokens_map.json'),
    generationConfig: join(directory, 'generation_config.json'),
  };
}
