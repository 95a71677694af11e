import { setImmediate as nextTurn } from 'node:timers/promises';
import { checkTokenIds } from './check-token-ids.js';
import type { PromptModel } from './encode-prompt.js';
import { invalid } from './invalid.js';
import { createTextDecoder } from './token-labels.js';

/**
 * The text of token ids, special tokens included.
 * @param tokens at most 1,048,576 ids
 * @throws FerrumError `RequestValidation` for what is no list of ids of the vocabulary, or too long a one.
 */
export async function detokenize(
  tokens: readonly number[],
  { tokenizer, config }: Pick<PromptModel, 'tokenizer' | 'config'>,
): Promise<string> {
  if (!Array.isArray(tokens)) throw invalid('`tokens`: must be a list of token ids', 'tokens');
  if (tokens.length > mostTokens) {
    throw invalid(`\`tokens\`: ${tokens.length} are more than ${mostTokens}; decode them in pieces`, 'tokens');
  }
  const decoder = createTextDecoder(tokenizer);
  let text = '';
  for (const [index, token] of checkTokenIds(tokens, config.vocabularySize, 'tokens').entries()) {
    text += decoder.push(token);
    if ((index + 1) % tokensPerTurn === 0) await nextTurn();
  }
  return text + decoder.flush();
}

const mostTokens = 1_048_576;
/** Takes a few ms. */
const tokensPerTurn = 8192;
