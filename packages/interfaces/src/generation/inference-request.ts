import type { JsonObject, JsonValue } from '../json.js';
import type { ChatMessage } from './chat-message.js';
import type { Priority } from './priority.js';
import type { ReasoningOptions } from './reasoning-options.js';
import type { SamplingParams } from './sampling-params.js';
import type { ToolChoice, ToolDefinition } from './tool-definition.js';

/** One generation. Either a prompt or a conversation. */
export type InferenceRequest = PromptRequest | ChatRequest;

export interface PromptRequest extends InferenceRequestOptions {
  /**
   * What the user says: the model's chat template, if it has one, is applied unless `raw` is true. Or token ids, at least
   * one, which the model gets exactly as they are.
   */
  readonly prompt: string | readonly number[];
  /** Sends a text to the model exactly as it is (special tokens written in it are recognised). Default false; of ids true. */
  readonly raw?: boolean;
  readonly messages?: never;
  readonly tools?: never;
  readonly toolChoice?: never;
  readonly parallelToolCalls?: never;
  readonly toolCallFormat?: never;
  readonly templateVariables?: never;
  readonly reasoning?: never;
}

export interface ChatRequest extends InferenceRequestOptions {
  readonly messages: readonly ChatMessage[];
  /** Functions that the model may ask to call; feature `tools`. */
  readonly tools?: readonly ToolDefinition[];
  /** Default: `auto` where there are tools. */
  readonly toolChoice?: ToolChoice;
  /** Whether one answer may ask for several calls. Default true. */
  readonly parallelToolCalls?: boolean;
  /** How the model writes calls: `hermes`, `qwen3-coder`, `llama3` … Default: what its chat template is known to use. */
  readonly toolCallFormat?: string;
  /** What the model's chat template knows beyond messages and tools, such as `enable_thinking`. */
  readonly templateVariables?: JsonObject;
  readonly reasoning?: ReasoningOptions;
  readonly prompt?: never;
  readonly raw?: never;
}

export interface InferenceRequestOptions {
  /** Default: a new UUID. */
  readonly id?: string;
  /** Values left out are those of the preset, then the model's recommended ones, then those of `SamplingParams`. */
  readonly sampling?: Partial<SamplingParams>;
  /** Name of sampling values in the engine's configuration: `greedy`, `creative`, `precise` … */
  readonly preset?: string;
  /** Default `normal`. */
  readonly priority?: Priority;
  /** Who asks; the policy `fair-share` divides the engine among clients. */
  readonly clientId?: string;
  readonly sessionId?: string;
  /** The call rejects with `Timeout` when it takes longer, in ms. */
  readonly timeoutMs?: number;
  /** The same at a point in time. */
  readonly deadline?: Date;
  /** Only requests with the same salt share what the prefix cache holds. Default: none, shared by all without one. */
  readonly cacheSalt?: string;
  /** Name of a loaded LoRA adapter; feature `lora`. Default: the model as it is. */
  readonly adapter?: string;
  /** Returned unchanged with the response. */
  readonly metadata?: Readonly<Record<string, JsonValue>>;
  /** Ends the generation at the next step; the call rejects with `Cancelled`. */
  readonly signal?: AbortSignal | undefined;
}
