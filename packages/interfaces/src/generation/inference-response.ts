import type { JsonValue } from '../json.js';
import type { FinishReason } from './finish-reason.js';
import type { GenerationTiming } from './generation-timing.js';
import type { TokenUsage } from './token-usage.js';

export interface InferenceResponse {
  readonly requestId: string;
  readonly text: string;
  /** Generated token ids, the end-of-sequence token not included. */
  readonly tokens: readonly number[];
  readonly finishReason: FinishReason;
  readonly usage: TokenUsage;
  readonly timing: GenerationTiming;
  /** From the call to the result, in ms. */
  readonly latencyMs: number;
  readonly createdAt: Date;
  readonly metadata: Readonly<Record<string, JsonValue>>;
}
