import { setImmediate as nextTurn } from 'node:timers/promises';
import { FerrumError } from '@ferrum/registry/errors';
import { argmax } from '../sampling/token-sampler.js';
import { checkTokenIds } from './check-token-ids.js';
import type { TokenSession } from './decoder-session.js';

/** What the model thinks of one given token, after those before it. */
export interface TokenScore {
  readonly token: number;
  /** Natural logarithm of its probability. */
  readonly logProbability: number;
  /** The token the model would have chosen greedily. */
  readonly bestToken: number;
  /** Logit of the best token less that of the second best. */
  readonly gap: number;
}

export async function scoreTokens(
  session: TokenSession,
  tokens: readonly number[],
  limits: { readonly vocabularySize: number; readonly contextLength: number },
  signal: AbortSignal,
): Promise<TokenScore[]> {
  const { vocabularySize, contextLength } = limits;
  if (tokens.length < 2 || tokens.length > contextLength) {
    throw new FerrumError('RequestValidation', `Give 2 to ${contextLength} tokens to score, not ${tokens.length}.`);
  }
  checkTokenIds(tokens, vocabularySize, 'tokens');
  const scores: TokenScore[] = [];
  // The logits after the last token score nothing.
  for await (const rows of session.logitsOfEach(tokens.slice(0, -1), signal)) {
    for (let at = 0; at < rows.length; at += vocabularySize) {
      const token = tokens[scores.length + 1] as number;
      scores.push(scoreRow(rows.subarray(at, at + vocabularySize), token));
      // A whole vocabulary of exponentials takes a fraction of a millisecond; the event loop turns between two.
      await nextTurn();
    }
  }
  return scores;
}

function scoreRow(logits: Float32Array, token: number): TokenScore {
  const bestToken = argmax(logits);
  const best = logits[bestToken] as number;
  let sum = 0;
  let second = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < logits.length; i++) {
    const logit = logits[i] as number;
    sum += Math.exp(logit - best);
    if (logit > second && i !== bestToken) second = logit;
  }
  return { token, logProbability: (logits[token] as number) - best - Math.log(sum), bestToken, gap: best - second };
}
