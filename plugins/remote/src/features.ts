import type { CheckedConfig, CheckedModel } from './config/check-config.js';
import type { RemoteCapability } from './config/remote-config.js';

type Features = Readonly<Record<RemoteCapability, readonly string[]>>;
type Api = CheckedConfig['api'];

/** What OpenAI's API has a field for. */
const common: Features = {
  'text-generation': [
    ...['streaming', 'stream-usage', 'chat', 'raw-prompt', 'token-prompt', 'seed', 'stop-sequences'],
    ...['multiple-choices', 'batching', 'json-object', 'json-schema'],
  ],
  embedding: ['batching', 'dimensions', 'token-input', 'output-quantization'],
  reranking: ['batching'],
  transcription: ['streaming', 'word-timestamps', 'translation'],
  speech: ['streaming', 'speed'],
};

/** What only some servers can do. */
const added: Readonly<Record<Api, Readonly<Partial<Features>>>> = {
  openai: {},
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
  const features = model.features ?? possibleFeatures(model.capability, api);
  return [...features, ...(hasPrompts ? ['prompts'] : [])];
}

/** What the configuration may say that the servers of a model can do. */
export function possibleFeatures(capability: RemoteCapability, api: Api): readonly string[] {
  return [...common[capability], ...(added[api][capability] ?? [])];
}
