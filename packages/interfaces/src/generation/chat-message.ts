/** One turn of a conversation. */
export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  /** A text; or, of the user, texts and images in the order in which the model reads them: feature `image`. */
  readonly content: string | readonly ContentPart[];
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

export type ContentPart = TextPart | ImagePart;

export interface TextPart {
  readonly type: 'text';
  readonly text: string;
}

export interface ImagePart {
  readonly type: 'image';
  /** Bytes of an image file: JPEG, PNG, WebP … */
  readonly image: Uint8Array;
  /**
   * How closely the model looks: `low` at the whole image only, which takes the fewest tokens, `high` at its parts as well.
   * Default `auto`: what the model was made for.
   */
  readonly detail?: 'auto' | 'low' | 'high';
}
