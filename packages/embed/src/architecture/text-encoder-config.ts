import type { TransformerConfig } from '@ferrum/onnx';

/** Shape of an encoder of token ids. */
export interface TextEncoderConfig extends TransformerConfig {
  /** As config.json's `model_type` or GGUF's `general.architecture`. */
  readonly architecture: string;
  readonly vocabularySize: number;
  /** The longest text, special tokens included. */
  readonly maxTokens: number;
  /** Of the learned table of positions, the row of the first token; absent: there is no table. */
  readonly firstPosition?: number;
  /** Kinds of tokens that embeddings tell apart; 0: none. */
  readonly tokenTypes: number;
}
