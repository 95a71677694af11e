import type { JsonValue } from '../json.js';
import type { GenerationTiming } from './generation-timing.js';
import type { InferenceChoice } from './inference-choice.js';
import type { TokenLogprob } from './token-logprob.js';
import type { TokenUsage } from './token-usage.js';

/** The first answer, and all of them where several were asked for. */
export interface InferenceResponse extends InferenceChoice {
  readonly requestId: string;
  /** Best first, this one included; present when the request asked for more than one. */
  readonly choices?: readonly InferenceChoice[];
  /** One per prompt token, null for the first; present with `echo` and `logprobs`. */
  readonly promptLogprobs?: readonly (TokenLogprob | null)[];
  /** Of all answers together. */
  readonly usage: TokenUsage;
  readonly timing: GenerationTiming;
  /** From the call to the result, in ms. */
  readonly latencyMs: number;
  readonly createdAt: Date;
  readonly metadata: Readonly<Record<string, JsonValue>>;
}
