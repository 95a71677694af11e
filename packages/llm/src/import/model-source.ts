import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { openWeights, type WeightFile } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';
import { configFromGguf } from '../architecture/config-from-gguf.js';
import { configFromHf } from '../architecture/config-from-hf.js';
import type { DecoderConfig } from '../architecture/decoder-config.js';
import { unsupportedArchitecture } from '../architecture/supported.js';
import { familyOfGguf, familyOfModelType } from '../models/families.js';
import type { WeightStorage } from '../weights/storage.js';
import type { TensorNames } from '../weights/tensor-names.js';

/** What an import reads: the weights, and the configuration that lies in or beside them. */
export interface ModelSource {
  readonly weights: WeightFile;
  readonly config: DecoderConfig;
  readonly names: TensorNames;
  /** Q and K rows stand in the order of interleaved rotary pairs. */
  readonly interleaved: boolean;
  readonly defaultStorage: WeightStorage;
}

/** Opens a GGUF file, or the folder of a Hugging Face model. @throws FerrumError for anything it can't open, naming it. */
export async function openModelSource(location: string): Promise<ModelSource> {
  const weights = await openWeights(location, ['gguf', 'safetensors']);
  try {
    if (weights.format === 'gguf') {
      const config = configFromGguf(weights.metadata, new Set(weights.tensors.keys()));
      const gguf = familyOfGguf(config.architecture)?.gguf;
      if (!gguf) throw unsupportedArchitecture(config.architecture);
      const { names, interleaved } = gguf;
      return { weights, config, names, interleaved, defaultStorage: 'exact' };
    }
    const config = await readHfConfig(location);
    const family = familyOfModelType(config.architecture);
    if (!family) throw unsupportedArchitecture(config.architecture);
    return { weights, config, names: family.hfNames, interleaved: false, defaultStorage: 'int8' };
  } catch (error) {
    await weights.close();
    throw error;
  }
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
