import { Buffer } from 'node:buffer';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FerrumError } from '@ferrum/registry/errors';
import { openCtranslate2 } from './ctranslate2.js';
import { openGguf } from './gguf.js';
import { invalidFormat } from './invalid-format.js';
import { openSafetensors } from './safetensors.js';
import { sniffWeights } from './sniff-weights.js';
import { fileError, inspectPath, SourceFile } from './source-file.js';
import type { WeightFile } from './weight-file.js';

/**
 * Opens weights of any format, told by their content: a GGUF, safetensors or CTranslate2 file, a
 * `*.safetensors.index.json`, or a folder that holds safetensors weights, else a single `*.gguf`, else a `model.bin`.
 * @param accepted formats that the caller can do something with; default: all
 * @throws FerrumError as `openGguf`, `openSafetensors` and `openCtranslate2` do; `InvalidFormat` for a file of another kind,
 * `Unsupported` for a format that is not accepted.
 */
export async function openWeights(path: string, accepted?: readonly WeightFile['format'][]): Promise<WeightFile> {
  const weights = await openAny(path);
  if (!accepted || accepted.includes(weights.format)) return weights;
  await weights.close();
  throw new FerrumError(
    'Unsupported',
    `${path} holds ${weights.format} weights; models of this kind open from ${accepted.join(' or ')}.`,
    { details: { path, format: weights.format, accepted } },
  );
}

async function openAny(path: string): Promise<WeightFile> {
  if ((await inspectPath(path)).isDirectory()) return openFolder(path);
  switch (await sniffWeights(path)) {
    case 'gguf':
      return openGguf(path);
    case 'ctranslate2':
      return openCtranslate2(path);
    case 'safetensors':
    case 'safetensors-index':
      return openSafetensors(path);
    case 'unknown':
      throw await unknownKind(path);
  }
}

async function openFolder(folder: string): Promise<WeightFile> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw fileError(folder, error);
  });
  if (names.some((name) => /\.safetensors(\.index\.json)?$/i.test(name))) return openSafetensors(folder);
  const candidates = names.filter((name) => /\.gguf$/i.test(name));
  const [first, second] = candidates;
  if (first === undefined) {
    if (names.includes('model.bin')) return openCtranslate2(join(folder, 'model.bin'));
    throw new FerrumError('NotFound', `${folder} holds no *.safetensors, *.gguf or model.bin file.`);
  }
  if (second !== undefined) {
    const message = `${folder} holds several GGUF files; name one of: ${candidates.toSorted().join(', ')}.`;
    throw new FerrumError('InvalidFormat', message, { details: { folder, candidates } });
  }
  return openGguf(join(folder, first));
}

async function unknownKind(path: string): Promise<FerrumError> {
  const source = await SourceFile.open(path);
  try {
    const head = Buffer.from(await source.read(0, Math.min(source.byteLength, 8)));
    const found = head.length === 0 ? 'an empty file' : `the bytes ${head.toString('hex')}`;
    return invalidFormat({ file: path, offset: 0 }, found, 'the start of a GGUF, safetensors or CTranslate2 file');
  } finally {
    await source.close();
  }
}
