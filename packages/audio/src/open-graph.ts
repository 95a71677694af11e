import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OnnxRuntime, type Session, type SessionOptions } from '@ferrum/onnx';
import { FerrumError } from '@ferrum/registry/errors';

/**
 * Opens a model made in memory. ONNX Runtime reads it from a temporary file that is removed again.
 * @throws FerrumError `IO` when the folder for temporary files cannot be written; otherwise as `OnnxRuntime.openSession` does.
 */
export async function openGraph(model: Uint8Array, options: SessionOptions): Promise<Session> {
  const folder = await writeTemporary(model);
  try {
    return await OnnxRuntime.load().openSession(join(folder, fileName), options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const fileName = 'model.onnx';

async function writeTemporary(model: Uint8Array): Promise<string> {
  let folder: string | undefined;
  try {
    folder = await mkdtemp(join(tmpdir(), 'ferrum-audio-'));
    await writeFile(join(folder, fileName), model);
    return folder;
  } catch (cause) {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    const message = `Cannot write a model of ${model.length} bytes to the folder for temporary files ${tmpdir()}; free space there or set TMPDIR.`;
    throw new FerrumError('IO', message, { cause });
  }
}
