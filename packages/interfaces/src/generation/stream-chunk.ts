import type { JsonValue } from '../json.js';
import type { FinishReason } from './finish-reason.js';
import type { GenerationTiming } from './generation-timing.js';
import type { TokenLogprob } from './token-logprob.js';
import type { TokenUsage } from './token-usage.js';
import type { ToolCallDelta } from './tool-definition.js';

/**
 * A piece of a streamed generation. The last one of each answer carries `finishReason`, the very last `timing` and, with the
 * feature `stream-usage`, `usage`.
 */
export interface StreamChunk {
  readonly requestId: string;
  /** New text; always whole characters, possibly empty. */
  readonly text: string;
  /** New text of what the model thinks. */
  readonly reasoning?: string;
  /** New pieces of calls. */
  readonly toolCalls?: readonly ToolCallDelta[];
  /** Token ids that this chunk brings, the end-of-sequence token not included. */
  readonly tokens: readonly number[];
  /** Which answer, from 0; present when the request asked for more than one. */
  readonly choice?: number;
  /** One per token of the chunk; present when asked for. */
  readonly logprobs?: readonly TokenLogprob[];
  /** In the first chunk of an answer, with `echo` and `logprobs`: one per prompt token, null for the first. */
  readonly promptLogprobs?: readonly (TokenLogprob | null)[];
  readonly finishReason?: FinishReason;
  /** Beside `finishReason`: the stop sequence that ended the answer. */
  readonly stopSequence?: string;
  readonly usage?: TokenUsage;
  readonly timing?: GenerationTiming;
  readonly createdAt: Date;
  readonly metadata: Readonly<Record<string, JsonValue>>;
}
