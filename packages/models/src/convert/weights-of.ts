import type { LocalModel } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import type { WeightFile } from '../weights/weight-file.js';

/**
 * Where a model's weights are: its one GGUF file, its one safetensors file or the folder of several, or CTranslate2's model.bin.
 * @throws FerrumError `Unsupported` for several GGUF files, or none of these
 */
export function weightsOf({ files, directory, manifest }: LocalModel): string {
  const names = Object.keys(files);
  const ggufs = names.filter((name) => /\.gguf$/i.test(name));
  if (ggufs.length > 1) {
    throw new FerrumError(
      'Unsupported',
      `${manifest.reference} holds several GGUF files; name one of them: ${ggufs.join(', ')}.`,
      { details: { files: ggufs } },
    );
  }
  const [gguf] = ggufs;
  if (gguf !== undefined) return files[gguf] as string;
  const tensors = names.filter((name) => /\.safetensors$/i.test(name));
  const [only] = tensors;
  if (only !== undefined) return tensors.length === 1 ? (files[only] as string) : directory;
  const ctranslate2 = files['model.bin'];
  if (ctranslate2 !== undefined) return ctranslate2;
  throw new FerrumError(
    'Unsupported',
    `${manifest.reference} holds no model.bin of CTranslate2, and neither a .gguf nor a .safetensors file (${names.slice(0, 8).join(', ') || 'no files'}).`,
  );
}

/** Paths of all files that hold a tensor, sorted. */
export function weightFilesOf(weights: WeightFile): string[] {
  return [...new Set([...weights.tensors.values()].map((tensor) => tensor.file))].sort();
}
