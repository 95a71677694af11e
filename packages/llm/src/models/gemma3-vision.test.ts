import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { configFromHf } from '../architecture/config-from-hf.js';
import { loadFamilyFixture } from '../fixtures/load-fixture.js';
import { importModel } from '../import/import-model.js';
import { openModelSource } from '../import/model-source.js';
import { temporaryFolder } from '../testing/temporary-folder.js';

const root = temporaryFolder();
const subfolder = async (name: string): Promise<string> => {
  const folder = path.join(root, name);
  await mkdir(folder);
  return folder;
};

it('fills in what the 4B model leaves to transformers', () => {
  const text = {
    model_type: 'gemma3_text',
    hidden_size: 2560,
    intermediate_size: 10240,
    num_hidden_layers: 34,
    rope_scaling: { factor: 8, rope_type: 'linear' },
    sliding_window: 1024,
  };
  const config = configFromHf({ model_type: 'gemma3', text_config: text, vision_config: {} }, 'config.json');
  expect(config).toMatchObject({
    architecture: 'gemma3',
    vocabularySize: 262_208,
    heads: 8,
    kvHeads: 4,
    headDim: 256,
    contextLength: 131_072,
    slidingWindow: 1024,
    attentionScale: 1 / 16,
    rotary: { theta: 1_000_000, scaling: { type: 'linear', factor: 8 } },
    slidingRotary: { theta: 10_000 },
    tiedEmbeddings: true,
  });
  expect(config.slidingLayers?.slice(0, 7)).toEqual([true, true, true, true, true, false, true]);
});

it('names what is wrong with the text part', () => {
  expect(() => configFromHf({ model_type: 'gemma3' }, 'config.json')).toThrow(/text_config/);
});

it('imports the same weights as from a file without vision, leaving that out', async () => {
  const { location } = loadFamilyFixture('gemma3');
  const folder = await subfolder('model');
  const text = JSON.parse(await readFile(path.join(location, 'config.json'), 'utf8'));
  await writeFile(path.join(folder, 'config.json'), JSON.stringify({ model_type: 'gemma3', text_config: text }));
  const file = await readFile(path.join(location, 'model.safetensors'));
  await writeFile(path.join(folder, 'model.safetensors'), withVision(file));
  const { config, weights } = await openModelSource(folder);
  await weights.close();
  expect(config).toMatchObject({ architecture: 'gemma3', layers: 3 });

  const imported = async (from: string, to: string): Promise<Buffer> => {
    const directory = await subfolder(to);
    await importModel(from, directory, 'float32', () => {});
    return readFile(path.join(directory, 'weights.bin'));
  };
  expect((await imported(folder, 'vision')).equals(await imported(location, 'text'))).toBe(true);
});

/** Safetensors: the length of the header as 8 bytes, the header as JSON, the data. */
function withVision(file: Buffer): Buffer {
  const headerLength = Number(file.readBigUInt64LE());
  const { __metadata__: metadata, ...tensors } = JSON.parse(file.toString('utf8', 8, 8 + headerLength));
  const data = file.subarray(8 + headerLength);
  const renamed = Object.fromEntries(Object.entries(tensors).map(([name, of]) => [`language_model.${name}`, of]));
  const picture = { dtype: 'F32', shape: [1], data_offsets: [data.length, data.length + 4] };
  const all = { __metadata__: metadata, ...renamed, 'vision_tower.embeddings.patch_embedding.bias': picture };
  const header = Buffer.from(JSON.stringify(all));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, data, Buffer.alloc(4)]);
}
