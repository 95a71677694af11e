import { open } from 'node:fs/promises';
import { FerrumError } from '@ferrum/registry/errors';

/** Of the format (docs/gguf.md of ggml); llama.cpp reads no others, and the library prints a warning about them. */
const versions: readonly number[] = [2, 3];

/** @throws FerrumError `Model` for a file that does not begin as a GGUF file does, `IO` for one that cannot be read */
export async function requireGguf(file: string): Promise<void> {
  const start = await startOf(file);
  if (start.length < 8 || start.toString('latin1', 0, 4) !== 'GGUF') {
    throw new FerrumError('Model', `${file} is no GGUF file: it does not begin with GGUF.`, { details: { file } });
  }
  const version = start.readUInt32LE(4);
  if (versions.includes(version)) return;
  const message = `${file} says that it is GGUF version ${version}, and llama.cpp reads ${versions.join(' and ')} (little-endian).`;
  throw new FerrumError('Model', message, { details: { file } });
}

async function startOf(file: string): Promise<Buffer> {
  try {
    await using handle = await open(file);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(8), 0, 8, 0);
    return buffer.subarray(0, bytesRead);
  } catch (cause) {
    throw new FerrumError('IO', `${file} cannot be read: ${String(cause)}`, { cause, details: { file } });
  }
}
