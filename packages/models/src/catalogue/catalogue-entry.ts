import type { Capability, EmbeddingDefaults, ModelFormat, SamplingParams } from '@ferrum/interfaces';

/** A model that has a name. What is not known for certain is left out, never guessed. */
export interface CatalogueEntry {
  /** `family:variant`, in lower case but for a variant that has a spelling of its own: `piper:en_US-joe-medium`. */
  readonly name: string;
  /** As its makers write it. */
  readonly title: string;
  /** What it is for; absent where only other engines use it, as transcription does a detector of speech. */
  readonly capability?: Capability;
  readonly architecture: string;
  readonly format: ModelFormat;
  /** SPDX identifier, or the licence's name. */
  readonly license: string;
  /** Bytes to download. */
  readonly sizeBytes?: number;
  /** Largest number of tokens the model was trained for. */
  readonly contextLength?: number;
  readonly quantization?: string;
  /** From the model's card. */
  readonly sampling?: Partial<SamplingParams>;
  /** From the model's card, where its files do not say so. */
  readonly embedding?: EmbeddingDefaults;
  /** Files with a known size and checksum. Files of a hub repository need none: the hub states an object id for each. */
  readonly files?: readonly CatalogueFile[];
  /** In order of preference. */
  readonly sources: readonly CatalogueSource[];
}

export interface CatalogueFile {
  readonly name: string;
  readonly sizeBytes: number;
  /** Hexadecimal, of a file that was fetched and hashed. */
  readonly sha256?: string;
}

/** One reference for the whole model, or references for each of its files: those of one file are joined in order. */
export type CatalogueSource = string | { readonly files: Readonly<Record<string, readonly string[]>> };
