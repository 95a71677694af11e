import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FerrumError } from '@ferrum/registry/errors';
import { invalidFormat, quote } from './invalid-format.js';
import { readSafetensorsHeader } from './safetensors-header.js';
import { missingIndex, missingShard, readSafetensorsIndex } from './safetensors-index.js';
import { sniffWeights } from './sniff-weights.js';
import { fileError, inspectPath, SourceFile } from './source-file.js';
import { createWeightFile, type TensorInfo, type WeightFile } from './weight-file.js';

/**
 * Opens a safetensors file, a `*.safetensors.index.json` with its shards, or a folder that holds either
 * (`model.safetensors` comes first). Only headers are read; tensors stay on disk.
 * @throws FerrumError `NotFound`, `InvalidFormat` (damaged, or shards that do not match the index), `Unsupported` (a dtype
 * that Ferrum cannot read), `PermissionDenied`, `IO`.
 */
export async function openSafetensors(path: string): Promise<WeightFile> {
  const found = await inspectPath(path);
  const file = found.isDirectory() ? await findInFolder(path) : path;
  return (await sniffWeights(file)) === 'safetensors-index' ? openShards(file) : openSingle(file);
}

async function openSingle(path: string): Promise<WeightFile> {
  const source = await SourceFile.open(path);
  try {
    const { metadata, tensors } = await readSafetensorsHeader(source);
    return createWeightFile('safetensors', metadata, tensors, [source]);
  } catch (error) {
    await source.close();
    throw error;
  }
}

async function openShards(index: string): Promise<WeightFile> {
  const shardOf = await readSafetensorsIndex(index);
  const sources: SourceFile[] = [];
  try {
    const metadata = new Map<string, string>();
    const tensorsOf = new Map<string, ReadonlyMap<string, TensorInfo>>();
    for (const shard of new Set(shardOf.values())) {
      const source = await openShard(index, shard);
      sources.push(source);
      const header = await readSafetensorsHeader(source);
      tensorsOf.set(shard, header.tensors);
      // Every shard repeats what is true of the whole, e.g. `format: pt`.
      for (const [key, value] of header.metadata) metadata.set(key, value);
    }
    const tensors = new Map<string, TensorInfo>();
    for (const [name, shard] of shardOf) {
      const tensor = tensorsOf.get(shard)?.get(name);
      if (!tensor) {
        const found = `no tensor ${quote(name)}`;
        throw invalidFormat(
          { file: join(dirname(index), shard), offset: 8 },
          found,
          `the tensor that ${index} places here`,
        );
      }
      tensors.set(name, tensor);
    }
    return createWeightFile('safetensors', metadata, tensors, sources);
  } catch (error) {
    await Promise.all(sources.map((source) => source.close()));
    throw error;
  }
}

async function openShard(index: string, shard: string): Promise<SourceFile> {
  try {
    return await SourceFile.open(join(dirname(index), shard));
  } catch (error) {
    if (FerrumError.isInstance(error) && error.code === 'NotFound') throw missingShard(index, shard, error);
    throw error;
  }
}

/** The file of a folder to open: one alone must be meant. */
async function findInFolder(folder: string): Promise<string> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw fileError(folder, error);
  });
  const whole = names.find((name) => name.toLowerCase() === 'model.safetensors');
  if (whole !== undefined) return join(folder, whole);
  const indexes = names.filter((name) => /\.safetensors\.index\.json$/i.test(name));
  const candidates = indexes.length > 0 ? indexes : names.filter((name) => /\.safetensors$/i.test(name));
  const shard = candidates.find((name) => /-\d{5}-of-\d{5}\.safetensors$/i.test(name));
  if (shard !== undefined) throw missingIndex(folder, shard);
  const [first, second] = candidates;
  if (first === undefined) {
    const message = `${folder} holds no model.safetensors, *.safetensors.index.json or other *.safetensors file.`;
    throw new FerrumError('NotFound', message);
  }
  if (second !== undefined) {
    const message = `${folder} holds several safetensors files and none is model.safetensors; name one of: ${candidates.toSorted().join(', ')}. Shards of one model need its model.safetensors.index.json.`;
    throw new FerrumError('InvalidFormat', message, { details: { folder, candidates } });
  }
  return join(folder, first);
}
