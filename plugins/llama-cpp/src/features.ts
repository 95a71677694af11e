/** What text generation can do beyond the basic contract. */
export const textFeatures: readonly string[] = [
  'streaming',
  'stream-usage',
  'chat',
  'raw-prompt',
  'token-prompt',
  'token-ids',
  'seed',
  'stop-sequences',
  'tokenizer',
  'multiple-choices',
  'batching',
  'prefix-cache',
  'priority',
  'json-object',
  'json-schema',
];

/** The same of embedding. */
export const embedFeatures: readonly string[] = ['dimensions', 'prompts', 'output-quantization', 'truncation'];
