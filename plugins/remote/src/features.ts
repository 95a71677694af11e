import type { CheckedConfig } from './config/check-config.js';
import type { RemoteCapability } from './config/remote-config.js';

/** What OpenAI's API has a field for. */
const common: Readonly<Record<RemoteCapability, readonly string[]>> = {
  'text-generation': [
    ...['streaming', 'chat', 'raw-prompt', 'token-prompt', 'seed', 'stop-sequences', 'multiple-choices', 'batching'],
  ],
  embedding: ['batching', 'dimensions', 'token-input', 'output-quantization'],
  reranking: ['batching'],
  transcription: ['streaming', 'word-timestamps', 'translation'],
  speech: ['streaming', 'speed'],
};

/** What only some servers can do. */
const added: Readonly<Record<CheckedConfig['api'], Readonly<Partial<Record<RemoteCapability, readonly string[]>>>>> = {
  openai: { 'text-generation': ['json-object', 'json-schema'] },
  ferrum: {
    'text-generation': ['priority'],
    embedding: ['image'],
    transcription: ['voice-activity-detection'],
    speech: ['seed'],
  },
};

/** What an engine of that capability can do beyond the basic contract. */
export function featuresOf(capability: RemoteCapability, { api, models }: CheckedConfig): readonly string[] {
  const hasPrompts = Object.values(models).some((model) => model.capability === capability && 'prompts' in model);
  return [...common[capability], ...(added[api][capability] ?? []), ...(hasPrompts ? ['prompts'] : [])];
}
