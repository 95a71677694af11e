import type { TokenLogprob } from '@ferrum/interfaces';
import type { Tokenizer } from '@ferrum/models';
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
  if (tokenizer.tokenText(token) === undefined) return '';
  return tokenizer.decode([token], { skipSpecialTokens: false, continuation: true });
}
