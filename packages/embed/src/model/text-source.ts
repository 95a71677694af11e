import path from 'node:path';
import { openWeights, parseShape, type WeightFile } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import type { HeadConfig, HeadLayerConfig } from '../architecture/head.js';
import type { PoolingMode } from '../architecture/pooling.js';
import type { TextEncoderNames } from '../architecture/tensor-names.js';
import { readGgufEncoder } from '../architecture/text/gguf.js';
import { checkText, textArchitecture } from '../architecture/text/supported.js';
import type { ClassifierNames, TextArchitecture } from '../architecture/text/text-architecture.js';
import type { TextEncoderConfig } from '../architecture/text-encoder-config.js';
import { readSentenceSettings, requireJson, type SentenceSettings, tokenizerLimit } from './sentence-settings.js';

/** What a text model is opened for. */
export type TextPurpose = 'embedding' | 'reranking';

/** Where a layer of the head is: in the model's own weights, or in a safetensors file of its own. */
export interface HeadLayerSource {
  /** Absent: among the model's weights. */
  readonly file?: string;
  readonly linear: string;
  /** Absent: as the file has it. */
  readonly hasBias?: boolean;
  readonly norm?: string;
}

/** What is said of a model beside its own files. */
export interface TextOverrides {
  /** In place of what the files say. */
  readonly pooling?: PoolingMode;
  /** In place of what the files say. */
  readonly normalize?: boolean;
  /** Where the files say nothing: from the model's card. */
  readonly defaults?: { readonly pooling?: PoolingMode; readonly normalize?: boolean };
}

/** A text encoder on disk, understood: the weights, and what the files beside them say of it. */
export interface TextSource {
  readonly weights: WeightFile;
  readonly config: TextEncoderConfig;
  readonly names: TextEncoderNames;
  readonly head: HeadConfig;
  readonly headLayers: readonly HeadLayerSource[];
  readonly settings: TextSettings;
}

/** How texts are prepared and vectors finished. */
export type TextSettings = Pick<SentenceSettings, 'normalizes' | 'lowercases' | 'prompts' | 'defaultPrompt'> & {
  readonly includesPrompt: boolean;
  /** Special tokens included. */
  readonly maxTokens: number;
};

/** Opens a GGUF file or the folder of a Hugging Face model. @throws FerrumError for anything it can't open, naming it. */
export async function openTextSource(
  location: string,
  purpose: TextPurpose,
  overrides: TextOverrides = {},
): Promise<TextSource> {
  const weights = await openWeights(location, ['gguf', 'safetensors']);
  try {
    return weights.format === 'gguf'
      ? ggufSource(weights, purpose, location, overrides)
      : await folderSource(weights, purpose, folderOf(location, weights), overrides);
  } catch (error) {
    await weights.close();
    throw error;
  }
}

function folderOf(location: string, weights: WeightFile): string {
  const isFile = [...weights.tensors.values()].some((tensor) => tensor.file === location);
  return isFile ? path.dirname(location) : location;
}

function ggufSource(
  weights: WeightFile,
  purpose: TextPurpose,
  file: string,
  { pooling: wanted, normalize, defaults }: TextOverrides,
): TextSource {
  const has = (name: string) => weights.tensors.has(name);
  const { config, names, pooling, ranks } = readGgufEncoder(weights.metadata, has);
  checkText(config, file);
  if (ranks !== (purpose === 'reranking')) throw wrongPurpose(file, purpose);
  const settings = {
    // As llama.cpp does with embeddings.
    normalizes: !ranks && (normalize ?? true),
    lowercases: false,
    prompts: {},
    includesPrompt: true,
    maxTokens: config.maxTokens,
  };
  if (!ranks)
    return {
      weights,
      config,
      names,
      head: { modes: [wanted ?? pooling ?? defaults?.pooling ?? 'mean'], layers: [] },
      headLayers: [],
      settings,
    };
  const classifier: ClassifierNames = { pooling: 'cls', dense: 'cls', activation: 'tanh', output: 'cls.output' };
  return { weights, config, names, settings, ...scoringHead(classifier, config) };
}

const typeSchema = v.object({ model_type: v.string() });
const labelsSchema = v.object({
  architectures: v.nullish(v.array(v.string())),
  num_labels: v.nullish(v.number()),
  id2label: v.nullish(v.record(v.string(), v.unknown())),
});

async function folderSource(
  weights: WeightFile,
  purpose: TextPurpose,
  directory: string,
  overrides: TextOverrides,
): Promise<TextSource> {
  const file = path.join(directory, 'config.json');
  const json = await requireJson(file);
  const { model_type: type } = parseShape(typeSchema, json, file);
  const architecture = textArchitecture(type);
  const config = architecture.readConfig(json, file);
  checkText(config, file);
  const has = (name: string) => weights.tensors.has(name);
  const prefix = prefixOf(architecture, config, has, file);
  const names = architecture.names(prefix, config, has);
  if (purpose === 'reranking') {
    requireOneLabel(json, file);
    const classifier = architecture.classifier?.(prefix, json, file);
    if (!classifier) throw wrongPurpose(file, purpose);
    const settings = { normalizes: false, lowercases: false, prompts: {}, includesPrompt: true };
    const maxTokens = Math.min((await tokenizerLimit(directory)) ?? config.maxTokens, config.maxTokens);
    return { weights, config, names, settings: { ...settings, maxTokens }, ...scoringHead(classifier, config) };
  }
  return { weights, config, names, ...embeddingHead(await sentenceSettings(directory, overrides), config) };
}

/** What the files say, or the model's card, or else what sentence-transformers does with a model that says nothing. */
export async function sentenceSettings(
  directory: string,
  { pooling, normalize, defaults }: TextOverrides,
): Promise<SentenceSettings> {
  const found = (await readSentenceSettings(directory)) ?? (await plainSettings(directory, defaults));
  if (pooling === 'max' && !found.pooling.includesPrompt) {
    const message = `pooling: "max" takes in the prompt, which 1_Pooling/config.json of ${directory} leaves out (include_prompt).`;
    throw new FerrumError('InvalidParameter', message, { details: { parameter: 'pooling' } });
  }
  return {
    ...found,
    pooling: pooling === undefined ? found.pooling : { ...found.pooling, modes: [pooling] },
    normalizes: normalize ?? found.normalizes,
  };
}

/** Of a folder without modules.json. */
async function plainSettings(directory: string, defaults: TextOverrides['defaults']): Promise<SentenceSettings> {
  const maxTokens = await tokenizerLimit(directory);
  return {
    pooling: { modes: [defaults?.pooling ?? 'mean'], includesPrompt: true },
    dense: [],
    normalizes: defaults?.normalize ?? false,
    ...(maxTokens === undefined ? {} : { maxTokens }),
    lowercases: false,
    prompts: {},
  };
}

function embeddingHead(
  sentence: SentenceSettings,
  config: TextEncoderConfig,
): Pick<TextSource, 'head' | 'headLayers' | 'settings'> {
  const { pooling, dense, maxTokens, ...settings } = sentence;
  checkWidths(pooling.modes.length * config.hiddenSize, dense);
  return {
    head: headOf(sentence),
    headLayers: denseSources(sentence),
    settings: {
      ...settings,
      includesPrompt: pooling.includesPrompt,
      maxTokens: Math.min(maxTokens ?? config.maxTokens, config.maxTokens),
    },
  };
}

/** @throws FerrumError `InvalidFormat` when a dense layer reads another width than the one before it gives. */
function checkWidths(pooled: number, dense: SentenceSettings['dense']): void {
  let width = pooled;
  for (const { directory, inFeatures, outFeatures } of dense) {
    if (inFeatures !== width) {
      throw new FerrumError(
        'InvalidFormat',
        `The dense layer of ${directory} reads ${inFeatures} values, but what comes before it gives ${width}. ` +
          'Another pooling than the model was trained with cannot be combined with it.',
      );
    }
    width = outFeatures;
  }
}

export function headOf({ pooling, dense }: Pick<SentenceSettings, 'pooling' | 'dense'>): HeadConfig {
  return {
    modes: pooling.modes,
    layers: dense.map(({ inFeatures, outFeatures, activation }) => ({ inFeatures, outFeatures, activation })),
  };
}

export function denseSources({ dense }: Pick<SentenceSettings, 'dense'>): HeadLayerSource[] {
  return dense.map(({ directory, hasBias }) => ({
    file: path.join(directory, 'model.safetensors'),
    linear: 'linear',
    hasBias,
  }));
}

function scoringHead(
  { pooling, dense, activation, norm, output }: ClassifierNames,
  { hiddenSize, normEpsilon }: TextEncoderConfig,
): Pick<TextSource, 'head' | 'headLayers'> {
  const inner: HeadLayerConfig = {
    inFeatures: hiddenSize,
    outFeatures: hiddenSize,
    activation,
    ...(norm === undefined ? {} : { normEpsilon }),
  };
  return {
    head: { modes: [pooling], layers: [inner, { inFeatures: hiddenSize, outFeatures: 1, activation: 'identity' }] },
    headLayers: [{ linear: dense, ...(norm === undefined ? {} : { norm }) }, { linear: output }],
  };
}

function prefixOf(
  architecture: TextArchitecture,
  config: TextEncoderConfig,
  has: (name: string) => boolean,
  file: string,
): string {
  const prefix = architecture.prefixes.find((candidate) =>
    has(`${architecture.names(candidate, config, has).words}.weight`),
  );
  if (prefix !== undefined) return prefix;
  const expected = `${architecture.names(architecture.prefixes.at(-1) ?? '', config, has).words}.weight`;
  throw new FerrumError(
    'InvalidFormat',
    `The weights beside ${file} have no tensor "${expected}"; they are not those of a ${config.architecture} model.`,
  );
}

/** @throws FerrumError `Unsupported` unless the model gives a text one score. */
export function requireOneLabel(json: unknown, file: string): void {
  const { architectures, num_labels: count, id2label } = parseShape(labelsSchema, json, file);
  if (!architectures?.some((name) => name.endsWith('ForSequenceClassification'))) throw wrongPurpose(file, 'reranking');
  const labels = id2label ? Object.keys(id2label).length : (count ?? 2);
  if (labels === 1) return;
  throw new FerrumError('Unsupported', `${file}: the model has ${labels} labels; a reranker has one, the score.`, {
    details: { labels },
  });
}

function wrongPurpose(file: string, purpose: TextPurpose): FerrumError {
  return new FerrumError(
    'Unsupported',
    purpose === 'reranking'
      ? `${file} is not the model of a reranker (a ...ForSequenceClassification with one label); embed with it instead.`
      : `${file} is the model of a reranker: it has no embeddings; rerank with it instead.`,
  );
}
