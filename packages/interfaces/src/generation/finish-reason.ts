/**
 * `stop`: a stop sequence; `eos`: the model ended; `tool_calls`: it ended and asks for calls; `length`: `maxTokens` or the
 * context is full, so that text or the arguments of a call may be cut off.
 */
export type FinishReason = 'length' | 'stop' | 'eos' | 'tool_calls' | 'cancelled' | 'error' | 'content_filter';
