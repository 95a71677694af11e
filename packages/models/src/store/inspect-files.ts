import { join } from 'node:path';
import type { ModelManifest } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { isInFirstModule, isInModule } from '../sources/companion-files.js';
import { inspectCtranslate2 } from './inspect-ctranslate2.js';
import { inspectFolder } from './inspect-folder.js';
import { inspectGguf } from './inspect-gguf.js';
import { inspectSpeech } from './inspect-speech.js';

/** What is read of a model's own files. */
export type FileFacts = Omit<ModelManifest, 'reference'>;

/**
 * What files say of themselves: the header of a GGUF or CTranslate2 file, or a folder's config.json and modules.json. A
 * capability is stated only where the files leave no doubt.
 * @param names within the folder
 * @throws FerrumError `InvalidFormat` for a damaged file, `Unsupported` for a version that is not read,
 * `RequestValidation` when several models lie in one folder, `NotFound` when a voice lacks its settings.
 */
export async function inspectFiles(directory: string, names: readonly string[]): Promise<FileFacts> {
  const format = formatOf(names);
  if (format === 'gguf') return await inspectGguf(join(directory, onlyGguf(directory, names)));
  if (format === 'ctranslate2') return { ...(await inspectCtranslate2(join(directory, 'model.bin'))), path: directory };
  const speech = format === 'onnx' ? await inspectSpeech(directory, names) : undefined;
  if (speech !== undefined) return { ...speech, path: directory };
  return { ...(await inspectFolder(directory, names)), ...(format === undefined ? {} : { format }), path: directory };
}

function formatOf(names: readonly string[]): ModelManifest['format'] {
  // Modules after the first, e.g. 2_Dense/model.safetensors, are small layers behind a model of any format.
  const weights = names.filter((name) => !isInModule(name) || isInFirstModule(name));
  const has = (pattern: RegExp) => weights.some((name) => pattern.test(name));
  if (has(/\.safetensors$/i)) return 'safetensors';
  if (has(/\.gguf$/i)) return 'gguf';
  if (has(/\.onnx$/i)) return 'onnx';
  return has(/^model\.bin$/) ? 'ctranslate2' : undefined;
}

function onlyGguf(directory: string, names: readonly string[]): string {
  const files = names.filter((name) => /\.gguf$/i.test(name));
  const [file] = files;
  if (file !== undefined && files.length === 1) return file;
  throw new FerrumError(
    'RequestValidation',
    `${directory} holds several GGUF files; give the path of one: ${files.join(', ')}.`,
  );
}
