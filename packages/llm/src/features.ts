/** What the batching engine can do beyond the basic contract. */
export const engineFeatures: readonly string[] = [
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
  'multiple-choices',
  'batching',
  'prefix-cache',
  'priority',
  'advanced',
];

/** The same of the reference engine. */
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
];
