import { resolve } from 'node:path';
import type { EmbeddingEncoding } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import type { CommandContext } from '../context.js';
import { StagedFile } from '../output/staged-file.js';
import { type EmbeddingFormat, type EmbeddingWriter, npyWriter, textWriters } from './embedding-writer.js';

/** Where embeddings go, and in which format. */
export interface Destination {
  readonly writer: EmbeddingWriter;
  /** After the last embedding: what was kept aside appears. */
  commit(): Promise<void>;
  /** Leaves nothing behind; after `commit` it does nothing. */
  discard(): Promise<void>;
}

export interface DestinationOptions {
  readonly format: EmbeddingFormat;
  readonly encoding: EmbeddingEncoding;
  /** A file instead of standard output. */
  readonly output?: string;
}

/** @throws FerrumError `InvalidParameter` for an array on a terminal; as `StagedFile`. */
export async function openDestination(
  { format, encoding, output }: DestinationOptions,
  { environment, stdout }: CommandContext,
): Promise<Destination> {
  if (output !== undefined) {
    const file = await StagedFile.beside(resolve(environment.workingDirectory(), output));
    const writer = format === 'npy' ? npyWriter(file, encoding) : textWriters[format](file);
    return { writer, commit: () => file.keep(), discard: () => file.discard() };
  }
  if (format !== 'npy') return { writer: textWriters[format](stdout), commit: nothing, discard: nothing };
  if (stdout.isTerminal) {
    throw new FerrumError(
      'InvalidParameter',
      '--format npy is not for a terminal to show. Name a file with --output, or send it to one with ">".',
    );
  }
  // How many rows there are stands before them and is known after them; a pipe has no way back.
  const file = await StagedFile.temporary();
  return {
    writer: npyWriter(file, encoding),
    commit: async () => {
      await file.copyTo(stdout);
      await file.discard();
    },
    discard: () => file.discard(),
  };
}

async function nothing(): Promise<void> {}
