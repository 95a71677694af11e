/** What the reference engine can do beyond the basic contract. */
export const referenceFeatures: readonly string[] = [
  'streaming',
  'stream-usage',
  'chat',
  'raw-prompt',
  'token-prompt',
  'token-ids',
  'tokenizer',
  'seed',
  'stop-sequences',
  'logprobs',
  'json-object',
  'json-schema',
  'grammar',
  'tools',
  'reasoning',
];

/** The same of the batching engine. */
export const engineFeatures: readonly string[] = [
  ...referenceFeatures,
  'multiple-choices',
  'batching',
  'lora',
  'image',
  'prefix-cache',
  'priority',
  'advanced',
];
