/** `stop`: a stop sequence; `eos`: the model ended; `length`: `maxTokens` or the context is full. */
export type FinishReason = 'length' | 'stop' | 'eos' | 'cancelled' | 'error' | 'content_filter';
