/** A text, or its token ids, special tokens included. */
export type EmbedInput = string | readonly number[];
