import type { Capability } from '@ferrum/interfaces';

/** The part of a config.json that tells what a model is for. */
export interface PurposeConfig {
  readonly model_type?: string | undefined;
  readonly architectures?: readonly string[] | null | undefined;
  readonly num_labels?: number | null | undefined;
  readonly id2label?: Readonly<Record<string, unknown>> | null | undefined;
}

/**
 * What a model is for; empty where its files leave a doubt.
 * @param modules kinds of the modules of a sentence-transformers folder, in order
 */
export function capabilitiesOf(config: PurposeConfig, modules: readonly string[] | undefined): readonly Capability[] {
  const architectures = config.architectures ?? [];
  if (config.model_type === 'whisper') return transcribes(architectures) ? ['transcription'] : [];
  const isClassifier = architectures.some((name) => name.endsWith('ForSequenceClassification'));
  if (isClassifier) return isCrossEncoder(config) ? ['reranking'] : [];
  // A language model that was made into an embedding model keeps the architecture's name.
  if (modules !== undefined) return givesOneVector(modules) ? ['embedding'] : [];
  if (architectures.some((name) => embeddingArchitectures.has(name))) return ['embedding'];
  const generates = (name: string): boolean => name.endsWith('ForCausalLM') || withLanguageModel.has(name);
  return architectures.some(generates) ? ['text-generation'] : [];
}

/** Whether the first positions of the table belong to padding, so that it has more rows than a text may have tokens. */
export function startsPositionsAfterPadding({ model_type: type }: PurposeConfig): boolean {
  return type !== undefined && paddedPositionTypes.has(type);
}

/** Encoders that are trained as rerankers and embedding models; one score of a decoder may be a reward as well. */
const encoders = [
  'Bert',
  'XLMRoberta',
  'Roberta',
  'Camembert',
  'DistilBert',
  'MPNet',
  'NomicBert',
  'ModernBert',
] as const;

const embeddingArchitectures: ReadonlySet<string> = new Set([
  ...encoders.flatMap((family) => [`${family}Model`, `${family}ForMaskedLM`]),
  'CLIPModel',
  'ChineseCLIPModel',
  'SiglipModel',
]);

/** Models of text and pictures that answer in text. */
const withLanguageModel: ReadonlySet<string> = new Set([
  'Gemma3ForConditionalGeneration',
  'SmolVLMForConditionalGeneration',
  'Idefics3ForConditionalGeneration',
]);

const classifiers: ReadonlySet<string> = new Set(encoders.map((family) => `${family}ForSequenceClassification`));

const paddedPositionTypes: ReadonlySet<string> = new Set(['roberta', 'xlm-roberta', 'camembert', 'mpnet']);

/** Whisper's encoder also classifies audio, and its decoder alone drafts for another Whisper. */
function transcribes(architectures: readonly string[]): boolean {
  return architectures.length === 0 || architectures.includes('WhisperForConditionalGeneration');
}

/** Modules of a dense model; the others make sparse vectors, a vector for each token, or scores. */
const denseModules: ReadonlySet<string> = new Set([
  ...['Transformer', 'CLIPModel', 'StaticEmbedding', 'WordEmbeddings', 'Pooling', 'Dense', 'Normalize'],
  ...['Dropout', 'LayerNorm', 'WordWeights', 'WeightedLayerPooling', 'CNN', 'LSTM', 'BoW'],
]);

/** Modules that make one vector of a text. */
const vectorModules: ReadonlySet<string> = new Set(['Pooling', 'CLIPModel', 'StaticEmbedding', 'BoW']);

function isCrossEncoder({ architectures, id2label, num_labels: labels }: PurposeConfig): boolean {
  if (!architectures?.some((name) => classifiers.has(name))) return false;
  // Without either, transformers means two labels.
  return (id2label ? Object.keys(id2label).length : labels) === 1;
}

function givesOneVector(modules: readonly string[]): boolean {
  return modules.every((kind) => denseModules.has(kind)) && modules.some((kind) => vectorModules.has(kind));
}
