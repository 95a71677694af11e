import type { EmbeddingVectors } from '@ferrum/interfaces';

/** What was embedded: a text, or an image as it stands on the command line. */
export type EmbeddedSource = { readonly text: string } | { readonly image: string };

export interface Embedded {
  readonly source: EmbeddedSource;
  readonly embedding: EmbeddingVectors[keyof EmbeddingVectors];
}

/** What is known once everything is embedded. */
export interface EmbeddingSummary {
  readonly model: string;
  /** Values per embedding; eight of them are a byte of a binary one. */
  readonly dimensions: number;
  readonly promptTokens: number;
}
