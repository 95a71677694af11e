import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Grouping, openWeights, TensorReader, type WeightFile } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';
import { configFromGguf } from '../architecture/config-from-gguf.js';
import { configFromHf } from '../architecture/config-from-hf.js';
import { configForContext } from '../architecture/context-config.js';
import type { DecoderConfig } from '../architecture/decoder-config.js';
import { unsupportedArchitecture } from '../architecture/supported.js';
import { familyOfGguf, familyOfModelType } from '../models/families.js';
import type { LongRopeFactors } from '../models/gguf-config.js';
import type { WeightStorage } from '../weights/storage.js';
import type { TensorNames } from '../weights/tensor-names.js';
import { ungroupedSource } from './ungrouped-source.js';

/** What an import reads: the weights, and the configuration that lies in or beside them. */
export interface ModelSource {
  readonly weights: WeightFile;
  readonly config: DecoderConfig;
  readonly names: TensorNames;
  /** Q and K rows stand in the order of interleaved rotary pairs. */
  readonly interleaved: boolean;
  readonly defaultStorage: WeightStorage;
  /** How the files store quantised layers, where a configuration says it (GPTQ and AWQ). */
  readonly grouping?: Grouping;
}

/** Factors of a longer one are damaged, and would be read into memory before anyone noticed. */
const longestHead = 4096;

/**
 * Opens a GGUF file, or the folder of a Hugging Face model.
 * @param contextLength the most tokens that an engine will hold; undefined: all that the model was trained for
 * @throws FerrumError for anything it can't open, naming it.
 */
export async function openModelSource(location: string, contextLength?: number): Promise<ModelSource> {
  const source = await readModelSource(location);
  return { ...source, config: configForContext(source.config, contextLength) };
}

async function readModelSource(location: string): Promise<ModelSource> {
  const weights = await openWeights(location, ['gguf', 'safetensors']);
  try {
    if (weights.format === 'gguf') {
      const names = new Set(weights.tensors.keys());
      const config = configFromGguf(weights.metadata, names, await longRopeFactors(weights));
      const gguf = familyOfGguf(config.architecture)?.gguf;
      if (!gguf) throw unsupportedArchitecture(config.architecture);
      return { weights, config, names: gguf.names, interleaved: gguf.interleaved, defaultStorage: 'exact' };
    }
    const config = await readHfConfig(location);
    const family = familyOfModelType(config.architecture);
    if (!family) throw unsupportedArchitecture(config.architecture);
    const folder = /\.safetensors$/i.test(location) ? path.dirname(location) : location;
    const ungrouped = await ungroupedSource(weights, folder);
    return {
      weights,
      config,
      names: family.hfNames,
      interleaved: false,
      defaultStorage: 'int8',
      ...(ungrouped ? { ...ungrouped, defaultStorage: 'exact' } : {}),
    };
  } catch (error) {
    await weights.close();
    throw error;
  }
}

/** Two tensors of a Phi-3 GGUF file that belong to its configuration. */
async function longRopeFactors(weights: WeightFile): Promise<LongRopeFactors | undefined> {
  const [short, long] = ['rope_factors_short.weight', 'rope_factors_long.weight'] as const;
  if (!weights.tensors.has(short) || !weights.tensors.has(long)) return undefined;
  const reader = new TensorReader(weights, () => {});
  const read = async (name: string): Promise<number[]> => {
    const [count = 0] = weights.tensors.get(name)?.dims ?? [];
    return [...(await reader.values(name, [Math.min(count, longestHead)]))];
  };
  return { short: await read(short), long: await read(long) };
}

async function readHfConfig(location: string): Promise<DecoderConfig> {
  const file = path.join(/\.safetensors$/i.test(location) ? path.dirname(location) : location, 'config.json');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new FerrumError('NotFound', `${file} is missing; a safetensors model needs its config.json beside it.`, {
      cause,
    });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new FerrumError('InvalidFormat', `${file} is not valid JSON.`, { cause });
  }
  return configFromHf(json, file);
}
