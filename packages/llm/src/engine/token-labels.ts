import type { TokenLogprob } from '@ferrum/interfaces';
import type { IncrementalDecoder, Tokenizer } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';
import type { SampledToken } from '../sampling/token-sampler.js';

/** Puts the texts of tokens beside their log-probabilities. */
export function labelLogprobs(tokenizer: Tokenizer, { token, logprobs }: SampledToken): TokenLogprob {
  if (!logprobs)
    throw new FerrumError('Internal', 'A token was sampled without the log-probability that was asked for.');
  const { logprob, top } = logprobs;
  return {
    token,
    text: tokenLabel(tokenizer, token),
    logprob,
    top: top.map((one) => ({ token: one.token, text: tokenLabel(tokenizer, one.token), logprob: one.logprob })),
  };
}

/** The text that a token adds to an answer; special tokens show. A model may know more tokens than its tokenizer. */
export function tokenLabel(tokenizer: Tokenizer, token: number): string {
  if (!hasText(tokenizer, token)) return '';
  return tokenizer.decode([token], { skipSpecialTokens: false, continuation: true });
}

/** Decodes ids that a model knows to a text of its own, special tokens included. */
export function createTextDecoder(tokenizer: Tokenizer): IncrementalDecoder {
  const decoder = tokenizer.createDecoder({ skipSpecialTokens: false });
  return {
    push: (token) => (hasText(tokenizer, token) ? decoder.push(token) : ''),
    flush: () => decoder.flush(),
  };
}

function hasText(tokenizer: Tokenizer, token: number): boolean {
  return tokenizer.tokenText(token) !== undefined;
}
