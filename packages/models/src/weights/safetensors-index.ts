import { Buffer } from 'node:buffer';
import { FerrumError } from '@ferrum/registry/errors';
import { invalidFormat, quote } from './invalid-format.js';
import { JsonScanner } from './json-scanner.js';
import { maxSafetensorsHeaderBytes } from './limits.js';
import { SourceFile } from './source-file.js';

/**
 * The `weight_map` of a `*.safetensors.index.json`: which shard, by its name relative to the index, holds which tensor.
 * @throws FerrumError `InvalidFormat` when it is not an index, or names a shard outside the index's own folder.
 */
export async function readSafetensorsIndex(path: string): Promise<ReadonlyMap<string, string>> {
  const json = new JsonScanner(Buffer.from((await readWhole(path)).buffer), path, 0);
  const shards = new Map<string, string>();
  json.object((key) => {
    if (key !== 'weight_map') return json.skip();
    json.object((tensor, keyOffset) => {
      const shard = json.string();
      if (!isInside(shard)) {
        throw json.invalid(`the shard path ${quote(shard)}`, 'a path inside the folder of the index', keyOffset);
      }
      shards.set(tensor, shard);
    });
  });
  json.end();
  if (shards.size === 0) throw json.invalid('no tensors', 'a "weight_map" from tensor to shard', 0);
  return shards;
}

async function readWhole(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const source = await SourceFile.open(path);
  try {
    if (source.byteLength > maxSafetensorsHeaderBytes) {
      const expected = `an index of at most ${maxSafetensorsHeaderBytes}`;
      throw invalidFormat({ file: path, offset: 0 }, `${source.byteLength} bytes`, expected);
    }
    return await source.read(0, source.byteLength);
  } finally {
    await source.close();
  }
}

/** Refuses what any platform would take for a way out: `..`, absolute paths, drives, back slashes; and NUL. */
function isInside(shard: string): boolean {
  const segments = shard.split('/');
  return !/[\\:\0]/.test(shard) && segments.every((segment) => segment !== '' && segment !== '.' && segment !== '..');
}

/** For a shard that the index names and the folder lacks. */
export function missingShard(index: string, shard: string, cause: FerrumError): FerrumError {
  const message = `${index} names the shard ${quote(shard)}, which is not there. Get the missing file.`;
  return new FerrumError('InvalidFormat', message, { cause, details: { file: index, shard } });
}

/** For a folder of shards, each of which has only some of the tensors. */
export function missingIndex(folder: string, shard: string): FerrumError {
  const message =
    `${folder} holds shards of a model (${shard}) without their index, model.safetensors.index.json. ` +
    'Get it from where the shards come from and put it beside them.';
  return new FerrumError('InvalidFormat', message, { details: { folder, shard } });
}
