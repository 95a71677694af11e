/** What the batching engine can do beyond the basic contract. */
export const engineFeatures: readonly string[] = [
  'streaming',
  'chat',
  'seed',
  'stop-sequences',
  'advanced',
  'batching',
  'prefix-cache',
  'logprobs',
  'priority',
];

/** The same of the reference engine. */
export const referenceFeatures: readonly string[] = ['streaming', 'chat', 'seed', 'stop-sequences', 'logprobs'];
