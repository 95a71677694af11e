import path from 'node:path';
import { ifPresent, openWeights, parseShape, readJsonFile, type WeightFile } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import type { AlignmentHead, WhisperConfig } from '../architecture/whisper-config.js';
import { ctranslate2Names, huggingFaceNames, type WhisperNames } from './whisper-names.js';

/** A Whisper model on disk, understood. */
export interface WhisperSource {
  readonly weights: WeightFile;
  readonly config: WhisperConfig;
  readonly names: WhisperNames;
  readonly generationConfig: GenerationConfig;
}

const wholeNumber = v.pipe(v.number(), v.integer(), v.minValue(0));
const headPairs = v.nullish(v.array(v.tuple([wholeNumber, wholeNumber])));

const generationSchema = v.object({
  is_multilingual: v.exactOptional(v.boolean()),
  no_timestamps_token_id: v.exactOptional(wholeNumber),
  prev_sot_token_id: v.exactOptional(wholeNumber),
  lang_to_id: v.exactOptional(v.record(v.string(), wholeNumber)),
  task_to_id: v.exactOptional(v.record(v.string(), wholeNumber)),
  alignment_heads: headPairs,
});

export type GenerationConfig = v.InferOutput<typeof generationSchema>;

const hfSchema = v.object({
  encoder_attention_heads: v.pipe(wholeNumber, v.minValue(1)),
  decoder_attention_heads: v.pipe(wholeNumber, v.minValue(1)),
  activation_function: v.optional(v.string(), 'gelu'),
});

const ctranslate2Schema = v.object({ alignment_heads: headPairs });

/**
 * Opens the folder of a Hugging Face or CTranslate2 model, or its one weight file.
 * @throws FerrumError `InvalidFormat`, `Unsupported`, `NotFound` for what it can't open, naming it
 */
export async function openWhisperSource(location: string, folder: string): Promise<WhisperSource> {
  const weights = await openWeights(location, ['ctranslate2', 'safetensors']);
  try {
    const names = namesOf(weights, location);
    const generationConfig = await readGeneration(folder);
    const config = readConfig(weights, names, await readHeads(weights, folder, generationConfig));
    return { weights, config, names, generationConfig };
  } catch (error) {
    await weights.close();
    throw error;
  }
}

function namesOf(weights: WeightFile, location: string): WhisperNames {
  const names = weights.format === 'ctranslate2' ? ctranslate2Names : huggingFaceNames;
  if (weights.tensors.has(names.tokens) && weights.tensors.has(names.firstConvolution.weight)) return names;
  throw new FerrumError('InvalidFormat', `${location} holds no Whisper model: it lacks the tensor "${names.tokens}".`);
}

async function readGeneration(folder: string): Promise<GenerationConfig> {
  const file = path.join(folder, 'generation_config.json');
  const json = await ifPresent(readJsonFile(file));
  return json === undefined ? {} : parseShape(generationSchema, json, file);
}

interface Heads {
  readonly encoder: number;
  readonly decoder: number;
  readonly alignment: readonly AlignmentHead[] | undefined;
}

async function readHeads(weights: WeightFile, folder: string, generation: GenerationConfig): Promise<Heads> {
  const file = path.join(folder, 'config.json');
  const json = await readJsonFile(file);
  if (weights.format === 'ctranslate2') {
    const { alignment_heads } = parseShape(ctranslate2Schema, json, file);
    return {
      encoder: scalar(weights, 'encoder/num_heads'),
      decoder: scalar(weights, 'decoder/num_heads'),
      alignment: toHeads(alignment_heads),
    };
  }
  const config = parseShape(hfSchema, json, file);
  if (config.activation_function !== 'gelu') {
    throw new FerrumError(
      'Unsupported',
      `${file}: activation_function is ${JSON.stringify(config.activation_function)}; Whisper models have "gelu".`,
    );
  }
  return {
    encoder: config.encoder_attention_heads,
    decoder: config.decoder_attention_heads,
    alignment: toHeads(generation.alignment_heads),
  };
}

function scalar(weights: WeightFile, name: string): number {
  const value = weights.metadata.get(name);
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
  throw new FerrumError('InvalidFormat', `The model lacks "${name}", or it is no number of heads.`);
}

function toHeads(pairs: v.InferOutput<typeof headPairs>): AlignmentHead[] | undefined {
  return pairs && pairs.length > 0 ? pairs.map(([layer, head]) => ({ layer, head })) : undefined;
}

function readConfig(weights: WeightFile, names: WhisperNames, heads: Heads): WhisperConfig {
  const convolution = dims(weights, names.firstConvolution.weight, 3);
  const [vocabularySize, hiddenSize] = dims(weights, names.tokens, 2);
  const [audioPositions] = dims(weights, names.encoderPositions, 2);
  const [maxTokens] = dims(weights, names.decoderPositions, 2);
  const encoderLayers = countLayers(weights, (layer) => names.encoderLayer(layer).up.weight, 'encoder');
  const decoderLayers = countLayers(weights, (layer) => names.decoderLayer(layer).up.weight, 'decoder');
  const [encoderFeedForwardSize] = dims(weights, names.encoderLayer(0).up.weight, 2);
  const [decoderFeedForwardSize] = dims(weights, names.decoderLayer(0).up.weight, 2);
  for (const [side, count] of [
    ['encoder', heads.encoder],
    ['decoder', heads.decoder],
  ] as const) {
    if (hiddenSize % count !== 0 || (hiddenSize / count) % 8 !== 0) {
      const message = `The ${side} has ${count} heads for ${hiddenSize} values; each head needs a multiple of 8.`;
      throw new FerrumError('InvalidFormat', message);
    }
  }
  const alignmentHeads = heads.alignment ?? lastHalf(decoderLayers, heads.decoder);
  const wrong = alignmentHeads.find(({ layer, head }) => layer >= decoderLayers || head >= heads.decoder);
  if (wrong) {
    const there = `${decoderLayers} decoder layers of ${heads.decoder} heads`;
    const message = `alignment_heads names [${wrong.layer}, ${wrong.head}], but the model has ${there}.`;
    throw new FerrumError('InvalidFormat', message);
  }
  return {
    melBins: convolution[1],
    audioPositions,
    hiddenSize,
    encoderLayers,
    encoderHeads: heads.encoder,
    encoderFeedForwardSize,
    decoderLayers,
    decoderHeads: heads.decoder,
    decoderFeedForwardSize,
    vocabularySize,
    maxTokens,
    alignmentHeads,
  };
}

/** Where nothing is said, as openai/whisper has it: all heads of the decoder's upper half. */
function lastHalf(layers: number, heads: number): AlignmentHead[] {
  const first = Math.floor(layers / 2);
  return Array.from({ length: (layers - first) * heads }, (_, i) => ({
    layer: first + Math.floor(i / heads),
    head: i % heads,
  }));
}

function countLayers(weights: WeightFile, nameOf: (layer: number) => string, side: string): number {
  let count = 0;
  while (weights.tensors.has(nameOf(count))) count += 1;
  if (count > 0) return count;
  throw new FerrumError('InvalidFormat', `The model has no ${side} layers: it lacks the tensor "${nameOf(0)}".`);
}

type Dims<Rank extends 2 | 3> = Rank extends 2 ? readonly [number, number] : readonly [number, number, number];

function dims<Rank extends 2 | 3>(weights: WeightFile, name: string, rank: Rank): Dims<Rank> {
  const found = weights.tensors.get(name);
  if (!found) throw new FerrumError('InvalidFormat', `The model lacks the tensor "${name}".`);
  if (found.dims.length !== rank || found.dims.some((size) => size < 1)) {
    const message = `Tensor "${name}" has shape [${found.dims.join(', ')}]; expected ${rank} dimensions.`;
    throw new FerrumError('InvalidFormat', message);
  }
  return found.dims as unknown as Dims<Rank>;
}
