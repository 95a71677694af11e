import { stat } from 'node:fs/promises';
import path from 'node:path';
import { dequantize, openWeights, type WeightFile } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';
import type { DecoderConfig } from '../architecture/decoder-config.js';
import { halfSplitRow } from '../architecture/decoder-weights.js';
import { familyOfGguf } from '../models/families.js';
import { type AdapterModule, type AdapterPlace, adapterModule } from './adapter-module.js';
import { readPeftConfig } from './peft-config.js';

/** What a projection adds to a layer of the graph: x · aᵀ · bᵀ, with the adapter's scale in b. */
export interface AdapterPair {
  readonly module: AdapterModule;
  readonly place: AdapterPlace;
  readonly rank: number;
  /** float32 [rank, inFeatures]. */
  readonly a: Float32Array;
  /** float32 [outFeatures of the place, rank], rows in the order of Hugging Face's files. */
  readonly b: Float32Array;
}

/** How a file names its tensors, and what it says about each projection. */
interface Layout {
  readonly targets: readonly string[];
  readonly pattern: RegExp;
  readonly rankOf: (module: string) => number | undefined;
  readonly scaleOf: (module: string, rank: number) => number;
  readonly interleaved: boolean;
}

/**
 * Reads a PEFT folder or a GGUF adapter (Hu et al. 2021) for a model of this configuration.
 * @param scale multiplies what the adapter adds
 * @throws FerrumError naming file and tensor: `NotFound`, `InvalidFormat` for what is missing, misshapen or not finite,
 * `Unsupported` for projections that this engine cannot adapt
 */
export async function readAdapter(location: string, config: DecoderConfig, scale = 1): Promise<readonly AdapterPair[]> {
  const isFolder = await stat(location).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  const file = isFolder ? path.join(location, 'adapter_model.safetensors') : location;
  const weights = await openWeights(file, isFolder ? ['safetensors'] : ['gguf']);
  try {
    const layout = isFolder ? await peftLayout(location) : ggufLayout(weights, file);
    const modules = modulesOf(weights, layout, file);
    const absent = layout.targets.find(
      (target) => ![...modules.keys()].some((name) => name === target || name.endsWith(`.${target}`)),
    );
    if (absent !== undefined) throw invalidAdapter(file, absent, 'is a target, but has no matrices');
    const pairs: AdapterPair[] = [];
    const taken = new Map<string, string>();
    for (const [name, tensors] of modules) {
      const module = adapterModule(name, config);
      if (!module) {
        throw new FerrumError(
          'Unsupported',
          `${file} changes "${name}", which is no attention or MLP projection of this ${config.architecture} model with ` +
            `${config.layers} layers; it is for another base model, or trained with targets that are not supported.`,
          { details: { file, module: name } },
        );
      }
      for (const key of placesOf(module)) {
        const other = taken.get(key);
        if (other !== undefined) throw invalidAdapter(file, name, `changes the same projection as "${other}"`);
        taken.set(key, name);
      }
      pairs.push(...(await readPairs(weights, file, name, module, tensors, layout, scale, config.headDim)));
    }
    if (pairs.length === 0) throw new FerrumError('InvalidFormat', `${file} holds no LoRA matrices.`);
    return pairs;
  } finally {
    await weights.close();
  }
}

async function peftLayout(folder: string): Promise<Layout> {
  const { targets, rankOf, scaleOf } = await readPeftConfig(path.join(folder, 'adapter_config.json'));
  return {
    pattern: /^(?:base_model\.model\.)?(.+)\.lora_([AB])(?:\.default)?\.weight$/,
    targets,
    rankOf,
    scaleOf,
    interleaved: false,
  };
}

function ggufLayout({ metadata }: WeightFile, file: string): Layout {
  const [type, kind, alpha, architecture] = [
    'general.type',
    'adapter.type',
    'adapter.lora.alpha',
    'general.architecture',
  ].map((key) => metadata.get(key));
  if (type !== 'adapter' || kind !== 'lora') {
    throw new FerrumError(
      'InvalidFormat',
      `${file} is no LoRA adapter: its general.type is ${JSON.stringify(type ?? null)}.`,
    );
  }
  if (typeof alpha !== 'number' || !Number.isFinite(alpha)) {
    throw new FerrumError('InvalidFormat', `${file} lacks the number adapter.lora.alpha.`);
  }
  return {
    targets: [],
    pattern: /^(.+)\.weight\.lora_([ab])$/,
    rankOf: () => undefined,
    scaleOf: (_, rank) => alpha / rank,
    interleaved: familyOfGguf(String(architecture))?.gguf?.interleaved ?? false,
  };
}

interface TensorPair {
  a?: string;
  b?: string;
}

function modulesOf({ tensors }: WeightFile, { pattern }: Layout, file: string): Map<string, Required<TensorPair>> {
  const found = new Map<string, TensorPair>();
  for (const tensor of tensors.keys()) {
    const [, module, side] = pattern.exec(tensor) ?? [];
    if (module === undefined || side === undefined) {
      throw new FerrumError('Unsupported', `${file} holds "${tensor}", which is no LoRA matrix of a linear layer.`, {
        details: { file, tensor },
      });
    }
    const pair = found.get(module) ?? {};
    const key = side.toLowerCase() === 'a' ? 'a' : 'b';
    if (pair[key] !== undefined) throw invalidAdapter(file, tensor, `is there twice, as "${pair[key]}" too`);
    pair[key] = tensor;
    found.set(module, pair);
  }
  const whole = new Map<string, Required<TensorPair>>();
  for (const [module, { a, b }] of found) {
    if (a === undefined || b === undefined) {
      throw invalidAdapter(file, module, `has no matrix ${a === undefined ? 'A' : 'B'}; an adapter needs both`);
    }
    whole.set(module, { a, b });
  }
  return whole;
}

async function readPairs(
  weights: WeightFile,
  file: string,
  name: string,
  module: AdapterModule,
  tensors: Required<TensorPair>,
  layout: Layout,
  userScale: number,
  headDim: number,
): Promise<AdapterPair[]> {
  const { inFeatures, places } = module;
  const outFeatures = places.reduce((sum, place) => sum + place.outFeatures, 0);
  const rank = weights.tensors.get(tensors.a)?.dims[0] ?? 0;
  const expected = layout.rankOf(name);
  if (rank < 1 || (expected !== undefined && rank !== expected)) {
    throw invalidAdapter(file, tensors.a, `has rank ${rank}, but ${expected ?? 'at least 1'} is expected`);
  }
  const a = await matrix(weights, file, tensors.a, [rank, inFeatures]);
  const stored = await matrix(weights, file, tensors.b, [outFeatures, rank]);
  const scale = layout.scaleOf(name, rank) * userScale;
  const order = layout.interleaved && module.isRotated ? halfSplitRow(headDim) : (row: number) => row;
  const b = new Float32Array(stored.length);
  for (let row = 0; row < outFeatures; row++) {
    for (let i = 0; i < rank; i++) b[row * rank + i] = scale * (stored[order(row) * rank + i] as number);
  }
  if (!b.every(Number.isFinite)) throw invalidAdapter(file, tensors.b, `is too large to be multiplied by ${scale}`);
  let first = 0;
  return places.map((place) => {
    const rows = b.subarray(first * rank, (first + place.outFeatures) * rank);
    first += place.outFeatures;
    return { module, place, rank, a, b: rows };
  });
}

async function matrix(
  weights: WeightFile,
  file: string,
  name: string,
  shape: readonly [number, number],
): Promise<Float32Array> {
  const info = weights.tensors.get(name);
  if (info?.dims.length !== 2 || info.dims.some((size, axis) => size !== shape[axis])) {
    const wanted = `[${shape.join(', ')}] is expected`;
    throw invalidAdapter(
      file,
      name,
      `has shape [${info?.dims.join(', ') ?? ''}], but ${wanted}; the adapter is for another base model, or damaged`,
    );
  }
  if (!['F32', 'F16', 'BF16'].includes(info.type)) {
    throw new FerrumError('Unsupported', `${file}: "${name}" is ${info.type}; adapters are F32, F16 or BF16.`);
  }
  const values = dequantize(info.type, await weights.read(name));
  if (!values.every(Number.isFinite)) throw invalidAdapter(file, name, 'holds values that are not finite');
  return values;
}

/** Names of the plain projections that a module covers, so that `qkv_proj` and `q_proj` are seen to collide. */
function placesOf({ layer, places }: AdapterModule): string[] {
  return places.flatMap((place) => {
    const of = (at: number): string => `${layer}.${place.layer}.${at}`;
    return [of(place.firstOutput), of(place.firstOutput + place.outFeatures - 1)];
  });
}

function invalidAdapter(file: string, name: string, problem: string): FerrumError {
  return new FerrumError('InvalidFormat', `${file}: "${name}" ${problem}.`, { details: { file, tensor: name } });
}
