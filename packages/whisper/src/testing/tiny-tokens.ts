import { fileURLToPath } from 'node:url';
import { loadTokenizer } from '@ferrum/models';
import { createWhisperTokens, type WhisperTokens } from '../tokens/whisper-tokens.js';

/** Those of all the tiny models, which are multilingual. */
export async function tinyTokens(): Promise<WhisperTokens> {
  const tokenizer = await loadTokenizer(fileURLToPath(new URL('../tokens/fixtures/', import.meta.url)));
  const noTimestamps = tokenizer.tokenId('<|notimestamps|>') ?? 0;
  const vocabularySize = noTimestamps + 1502;
  return createWhisperTokens(tokenizer, { vocabularySize, generationConfig: { is_multilingual: true } });
}
