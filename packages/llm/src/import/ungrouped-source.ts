import path from 'node:path';
import { type Grouping, ifPresent, readGrouping, readJsonFile, ungroupWeights, type WeightFile } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';

export interface UngroupedSource {
  readonly weights: WeightFile;
  /** How the files store what are ordinary tensors here. */
  readonly grouping: Grouping;
}

/**
 * The weights of a GPTQ or AWQ model with its layers as ordinary tensors; undefined for a model that is not quantised. What was
 * done stands in config.json (`quantization_config`), with old GPTQ models in quantize_config.json.
 * @throws FerrumError `Unsupported` for other ways to quantise, `InvalidFormat`.
 */
export async function ungroupedSource(weights: WeightFile, folder: string): Promise<UngroupedSource | undefined> {
  const grouping = (await groupingOfConfig(folder)) ?? (await groupingOfGptq(folder));
  if (grouping) return { weights: await ungroupWeights(weights, grouping), grouping };
  const packed = [...weights.tensors.keys()].find((name) => name.endsWith('.qweight'));
  if (packed === undefined) return undefined;
  throw new FerrumError(
    'InvalidFormat',
    `${folder} holds quantised layers such as "${packed}", but neither a quantization_config in config.json nor a ` +
      'quantize_config.json says how they are stored. Fetch the model again.',
    { details: { tensor: packed } },
  );
}

async function groupingOfConfig(folder: string): Promise<Grouping | undefined> {
  const file = path.join(folder, 'config.json');
  const json = await ifPresent(readJsonFile(file));
  if (typeof json !== 'object' || json === null || !('quantization_config' in json)) return undefined;
  const config = json.quantization_config;
  return config === null ? undefined : readGrouping(config, `${file}: quantization_config`);
}

async function groupingOfGptq(folder: string): Promise<Grouping | undefined> {
  const file = path.join(folder, 'quantize_config.json');
  const json = await ifPresent(readJsonFile(file));
  return json === undefined ? undefined : readGrouping(json, file);
}
