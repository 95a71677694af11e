import type { FinishReason } from './finish-reason.js';
import type { TokenLogprob } from './token-logprob.js';

/** One of several answers to a request. */
export interface InferenceChoice {
  readonly text: string;
  /** Generated token ids, the token that ended the answer not included. */
  readonly tokens: readonly number[];
  readonly finishReason: FinishReason;
  /** One per token; present when asked for. */
  readonly logprobs?: readonly TokenLogprob[];
}
