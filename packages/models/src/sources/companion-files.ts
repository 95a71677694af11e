/** What belongs to a model beside its weights. */
export const companionFiles = [
  'config.json',
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'tokenizer.model',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'vocab.txt',
  'merges.txt',
  // Of GPTQ models that do not say so in config.json.
  'quantize_config.json',
  // Of onnxruntime-genai.
  'genai_config.json',
  // Of CTranslate2.
  'vocabulary.json',
  'vocabulary.txt',
  'sentencepiece.bpe.model',
  'spiece.model',
  'chat_template.jinja',
  'chat_template.json',
  'preprocessor_config.json',
  'processor_config.json',
  'modules.json',
  'config_sentence_transformers.json',
  // One for each encoder that sentence-transformers once told apart by name.
  'sentence_bert_config.json',
  'sentence_roberta_config.json',
  'sentence_distilbert_config.json',
  'sentence_camembert_config.json',
  'sentence_albert_config.json',
  'sentence_xlm-roberta_config.json',
  'sentence_xlnet_config.json',
] as const;

/** Those of a model's files that belong to it beside its weights, its sentence-transformers modules included. */
export function companionsIn(names: readonly string[]): readonly string[] {
  const companions: readonly string[] = companionFiles.filter((name) => names.includes(name));
  if (!companions.includes('modules.json')) return companions;
  return [...companions, ...names.filter(isModuleFile).sort()];
}

/** Whether the file lies in the folder of a sentence-transformers module: `1_Pooling/config.json`. */
export function isInModule(name: string): boolean {
  return /^\d+_[^/]+\//.test(name);
}

/** Whether it lies in the folder of the first module, the encoder: `0_Transformer/model.safetensors`. */
export function isInFirstModule(name: string): boolean {
  return /^0_[^/]+\//.test(name);
}

/** The encoder's configuration: where it has a folder of its own, that of the model says nothing of it. */
export function findConfig(names: readonly string[]): string | undefined {
  return names.find((name) => /^0_[^/]+\/config\.json$/.test(name)) ?? names.find((name) => name === 'config.json');
}

/** Modules are small but for the first, whose weights are the model's. */
function isModuleFile(name: string): boolean {
  const file = /^\d+_[^/]+\/([^/]+)$/.exec(name)?.[1];
  if (file === undefined) return false;
  const isLayer = file.endsWith('.safetensors') && !isInFirstModule(name);
  return isLayer || companionFiles.some((companion) => companion === file);
}
