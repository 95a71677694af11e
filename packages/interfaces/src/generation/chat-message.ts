/** One turn of a conversation. */
export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly content: string;
  /** Of the assistant: what it thought before it answered, for templates that want it back. */
  readonly reasoning?: string;
  readonly name?: string;
  /** Of the assistant: the calls it asked for. */
  readonly toolCalls?: readonly ToolCall[];
  /** Of a tool: which call this answers. */
  readonly toolCallId?: string;
}

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** JSON text, as the model wrote it. */
  readonly arguments: string;
}
