import type { InferenceEngine } from '../engine/inference-engine.js';
import type { AdapterInfo, AdapterSource } from './adapter.js';
import type { InferenceRequest } from './inference-request.js';
import type { InferenceResponse } from './inference-response.js';
import type { StreamChunk } from './stream-chunk.js';
import type { TokenizeInput } from './tokenize-input.js';
import type { TokenizeResult } from './tokenize-result.js';

export interface LlmInferenceEngine extends InferenceEngine {
  /** Generates the whole answer. @throws FerrumError `RequestValidation`, `InvalidParameter`, `Unsupported`, `Cancelled` … */
  infer(request: InferenceRequest): Promise<InferenceResponse>;
  /**
   * Generates piece by piece. An error before the first token rejects the first `next()`; leaving the loop early
   * (`break`) ends the generation.
   */
  inferStream(request: InferenceRequest): AsyncIterable<StreamChunk>;
  /**
   * The token ids of a text or conversation, also of one that does not fit the context. Absent where an engine has no
   * tokenizer at hand.
   * @throws FerrumError `RequestValidation`, also for a text so much longer than the context that reading it would hold up
   * the event loop.
   */
  tokenize?(input: TokenizeInput): Promise<TokenizeResult>;
  /**
   * The text of token ids, special tokens included; U+FFFD stands where they hold part of a character.
   * @throws FerrumError `RequestValidation` for ids that the model does not know, and for more than the engine reads at once
   */
  detokenize?(tokens: readonly number[]): Promise<string>;
  /**
   * Loads an adapter while the engine serves; feature `lora`. Several may be loaded, and be active in one batch.
   * @throws FerrumError `InvalidParameter` for a name that is taken or no name, `NotFound`; `InvalidFormat` or `Unsupported` for
   * an adapter that is damaged, does not fit the model, or is of a kind that the engine does not know
   */
  loadAdapter?(source: AdapterSource, options?: { readonly signal?: AbortSignal | undefined }): Promise<AdapterInfo>;
  /**
   * Takes no new requests for an adapter, waits for those that use it, and frees it.
   * @throws FerrumError `NotFound`
   */
  unloadAdapter?(name: string): Promise<void>;
  /** Those that are loaded, in the order of loading. */
  adapters?(): readonly AdapterInfo[];
}
