import type { CheckedConfig, CheckedModel } from './config/check-config.js';
import type { RemoteCapability } from './config/remote-config.js';

type Features = Readonly<Record<RemoteCapability, readonly string[]>>;
type Api = CheckedConfig['api'];

/** What OpenAI's API has a field for. */
const common: Features = {
  'text-generation': [
    ...['streaming', 'stream-usage', 'chat', 'raw-prompt', 'token-prompt', 'seed', 'stop-sequences'],
    ...['multiple-choices', 'batching'],
  ],
  embedding: ['batching', 'dimensions', 'token-input', 'output-quantization'],
  reranking: ['batching'],
  transcription: ['streaming', 'word-timestamps', 'translation'],
  speech: ['streaming', 'speed'],
};

const json = ['json-object', 'json-schema'];

/** What only some servers can do. */
const added: Readonly<Record<Api, Readonly<Partial<Features>>>> = {
  openai: { 'text-generation': json },
  ferrum: {
    'text-generation': ['priority'],
    embedding: ['truncation', 'image'],
    transcription: ['language-detection', 'voice-activity-detection'],
    speech: ['seed'],
  },
};

/** What the engine of a model can do beyond the basic contract. */
export function featuresOf(model: CheckedModel, api: Api): readonly string[] {
  const hasPrompts = 'prompts' in model && model.prompts !== undefined;
  const features = model.features ?? [...common[model.capability], ...(added[api][model.capability] ?? [])];
  return [...features, ...(hasPrompts ? ['prompts'] : [])];
}

/** What the configuration may say that the servers of a model can do. */
export function possibleFeatures(capability: RemoteCapability, api: Api): readonly string[] {
  // A Ferrum has JSON where one of its plugins does.
  const all = [
    ...common[capability],
    ...(added[api][capability] ?? []),
    ...(capability === 'text-generation' ? json : []),
  ];
  return [...new Set(all)];
}
