/** What the embedding engine can do beyond the basic contract. */
export const embedFeatures: readonly string[] = [
  'batching',
  'dimensions',
  'prompts',
  'token-input',
  'output-quantization',
  'truncation',
];
/** The same of models that read images too. */
export const jointFeatures: readonly string[] = [...embedFeatures, 'image'];
export const rerankFeatures: readonly string[] = ['batching'];
