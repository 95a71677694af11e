import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { FerrumError } from '@ferrum/registry/errors';
import type { CommandContext } from '../context.js';
import { chunkReader } from '../lines/chunk-reader.js';

/** An audio of the command line. */
export interface AudioArgument {
  /** As it stands there; `-` is standard input. */
  readonly name: string;
  /** An absolute path; absent for standard input. */
  readonly path?: string;
}

/** @throws FerrumError `InvalidParameter` when standard input is asked for twice, or is a terminal. */
export function audioArguments(
  names: readonly string[],
  { environment }: Pick<CommandContext, 'environment'>,
): readonly AudioArgument[] {
  const fromInput = names.filter((name) => name === '-').length;
  if (fromInput > 1) throw invalid('"-" stands for standard input, which can be read once. Name it once.');
  if (fromInput > 0 && environment.stdin.isTTY) {
    throw invalid('"-" reads the audio from standard input, which is a terminal. Name a file, or pipe one in.');
  }
  const folder = environment.workingDirectory();
  return names.map((name) => (name === '-' ? { name } : { name, path: resolve(folder, name) }));
}

/** Says early what an engine would say of a file that is not there. @throws FerrumError `InvalidParameter` */
export async function requireFile({ name, path }: AudioArgument): Promise<void> {
  if (path === undefined) return;
  const found = await stat(path).catch(() => undefined);
  if (found && !found.isDirectory()) return;
  const problem = found ? 'that is a folder' : 'there is no such file';
  throw new FerrumError('InvalidParameter', `${name}: ${problem}. Name audio files.`, { details: { path } });
}

/**
 * The whole of standard input.
 *
 * @throws FerrumError `InvalidParameter` when it has more than `limit` bytes; `IO`; the signal's reason.
 */
export async function readAudioInput(
  { environment, signal }: Pick<CommandContext, 'environment' | 'signal'>,
  limit: number,
): Promise<Uint8Array> {
  signal.throwIfAborted();
  const next = chunkReader(environment.stdin, signal);
  const chunks: Buffer[] = [];
  let size = 0;
  for (let result = await next(); !result.done; result = await next()) {
    const chunk = Buffer.from(result.value);
    size += chunk.length;
    if (size > limit) {
      throw invalid(`Standard input has more than the ${limit} bytes that are allowed (--max-audio-bytes).`);
    }
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  let start = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, start);
    start += chunk.length;
  }
  return bytes;
}

function invalid(message: string): FerrumError {
  return new FerrumError('InvalidParameter', message);
}
