import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { EngineContext, LocalModel, ModelManifest } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';

/** A GGUF file on this machine. */
export interface LocatedModel {
  readonly manifest: ModelManifest;
  /** For people. */
  readonly label: string;
  /** Of a model in several parts: the first one. */
  readonly file: string;
}

/**
 * Has the host's store bring the model here; without a store the reference is the path of a file.
 * @throws FerrumError `NotFound`, `InvalidFormat` for a model without a GGUF file or with several, and what the store throws.
 */
export async function locateModel({ model, models, signal, onProgress }: EngineContext): Promise<LocatedModel> {
  if (models === undefined) return located(model, await fileAt(model.reference));
  const local = await models.pull(model.reference, { signal, onProgress });
  return located(local.manifest, onlyGguf(local));
}

function located(manifest: ModelManifest, file: string): LocatedModel {
  return { manifest, label: manifest.name ?? manifest.reference, file };
}

async function fileAt(reference: string): Promise<string> {
  const file = path.resolve(reference);
  const isFile = await stat(file).then(
    (stats) => stats.isFile(),
    () => false,
  );
  if (isFile) return file;
  throw new FerrumError(
    'NotFound',
    `${reference} is no file, and no plugin of the host finds models by name: give the path of a GGUF file, or add a plugin that does, such as @ferrum/llm.`,
    { details: { model: reference } },
  );
}

function onlyGguf({ manifest, directory, files }: LocalModel): string {
  const names = Object.keys(files).filter(isModelFile);
  const [name] = names;
  if (name !== undefined && names.length === 1) return files[name] as string;
  const found = names.length === 0 ? 'holds no GGUF file' : `holds several GGUF files (${names.join(', ')})`;
  throw new FerrumError('InvalidFormat', `${manifest.reference}: ${directory} ${found}; name the one to open.`, {
    details: { files: names },
  });
}

/** Projectors of images go with a model, and later parts are found from the first. */
function isModelFile(name: string): boolean {
  if (!/\.gguf$/i.test(name) || /(^|\/)mmproj/i.test(name)) return false;
  const part = /-(\d{5})-of-\d{5}\.gguf$/i.exec(name);
  return part === null || Number(part[1]) === 1;
}
