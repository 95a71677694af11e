import type { ToolCall } from './chat-message.js';
import type { FinishReason } from './finish-reason.js';
import type { TokenLogprob } from './token-logprob.js';

/** One of several answers to a request. */
export interface InferenceChoice {
  /** What the model answers, without reasoning and calls. */
  readonly text: string;
  /** What a model that thinks first thought, without its tags; absent where it thought nothing. */
  readonly reasoning?: string;
  /** Calls that the model asks for; absent where there are none. */
  readonly toolCalls?: readonly ToolCall[];
  /** Generated token ids, the token that ended the answer not included. */
  readonly tokens: readonly number[];
  readonly finishReason: FinishReason;
  /** The stop sequence that ended the answer; absent where none did, or where the engine cannot tell. */
  readonly stopSequence?: string;
  /** One per token; present when asked for. */
  readonly logprobs?: readonly TokenLogprob[];
}
