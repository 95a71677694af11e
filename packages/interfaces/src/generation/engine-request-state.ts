import type { JsonValue } from '../json.js';
import type { ChatRequest, PromptRequest } from './inference-request.js';
import type { RequestState } from './request-state.js';

/** A request in the middle of its generation. */
export interface EngineRequestState {
  readonly requestId: string;
  /** Without its `signal`. */
  readonly request: Omit<PromptRequest, 'signal'> | Omit<ChatRequest, 'signal'>;
  readonly state: RequestState;
  /** Within the state: `queued`, `prefill`, `decode` … */
  readonly currentPhase: string;
  /** The prompt as the model reads it, chat template applied. */
  readonly promptTokens: readonly number[];
  readonly generatedTokens: readonly number[];
  readonly progress: RequestProgress;
  /** The slot, the sampler's state … as the engine keeps them. */
  readonly allocatedResources: Readonly<Record<string, JsonValue>>;
  /** KV of the first `progress.tokensProcessed` tokens, in the engine's own layout; absent when not exported. */
  readonly kvCache?: Uint8Array;
}

export interface RequestProgress {
  /** Of prompt and answer, whose KV is computed. */
  readonly tokensProcessed: number;
  /** At most still to be computed. */
  readonly tokensRemaining: number;
  readonly elapsedTimeMs: number;
  readonly estimatedRemainingMs?: number;
}
