import type { JsonValue } from '../json.js';
import type { FinishReason } from './finish-reason.js';
import type { GenerationTiming } from './generation-timing.js';
import type { TokenUsage } from './token-usage.js';

/** A piece of a streamed generation. The last one carries `finishReason`, `usage` and `timing`. */
export interface StreamChunk {
  readonly requestId: string;
  /** New text; always whole characters, possibly empty. */
  readonly text: string;
  /** Token ids that this chunk brings, the end-of-sequence token not included. */
  readonly tokens: readonly number[];
  readonly finishReason?: FinishReason;
  readonly usage?: TokenUsage;
  readonly timing?: GenerationTiming;
  readonly createdAt: Date;
  readonly metadata: Readonly<Record<string, JsonValue>>;
}
