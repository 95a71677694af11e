import { argmax } from './argmax.js';
import { exponential, negligible } from './exponential.js';
import { largest } from './largest.js';

export interface RankedLogprob {
  readonly token: number;
  /** Natural logarithm of the probability. */
  readonly logprob: number;
}

export interface RowLogprobs {
  readonly logprob: number;
  /** The most probable tokens, most probable first. */
  readonly top: readonly RankedLogprob[];
}

/**
 * Log-softmax values of one row: that of a given token, and the largest ones.
 *
 * @param logits float32 [vocabulary], left as they are. @param top how many of the largest.
 * @throws FerrumError `Backend` when the row holds no finite value.
 */
export function rowLogprobs(logits: Float32Array, token: number, top: number): RowLogprobs {
  return logprobsBelow(logits, argmax(logits), token, top);
}

/** The same where the place of the largest logit is known. */
export function logprobsBelow(logits: Float32Array, best: number, token: number, top: number): RowLogprobs {
  const highest = logits[best] as number;
  // Less the largest, so that no exponential overflows.
  let sum = 0;
  for (let i = 0; i < logits.length; i++) {
    const difference = (logits[i] as number) - highest;
    if (difference >= -negligible) sum += exponential(difference);
  }
  const logSum = highest + Math.log(sum);
  const ranked = new Int32Array(top);
  const count = largest(logits, top, -Number.MAX_VALUE, ranked);
  return {
    logprob: (logits[token] as number) - logSum,
    top: [...ranked.subarray(0, count)]
      .sort((a, b) => (logits[b] as number) - (logits[a] as number) || a - b)
      .map((one) => ({ token: one, logprob: (logits[one] as number) - logSum })),
  };
}
