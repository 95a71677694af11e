import type { Capability, ModelManifest, ModelMatch } from '@ferrum/interfaces';

/** Below the 50 of engines that were made for a model. */
const score = 40;

/** Where a model was trained to generate, and its vectors are a by-product. */
const decoderScore = 20;

/** Architectures of llama.cpp that read text and generate none. */
export const encoders: ReadonlySet<string> = new Set([
  'bert',
  'eurobert',
  'gemma-embedding',
  'jina-bert-v2',
  'jina-bert-v3',
  'llama-embed',
  'modern-bert',
  'neo-bert',
  'nomic-bert',
  'nomic-bert-moe',
  't5encoder',
]);

/** Any GGUF file of a model that generates. */
export function matchText(model: ModelManifest): ModelMatch {
  const refusal = refusalOf(model, 'text-generation');
  if (refusal) return refusal;
  const { architecture } = model;
  if (architecture !== undefined && encoders.has(architecture)) {
    return { score: 0, reason: `${architecture} models read text and generate none` };
  }
  return { score, reason: reasonOf(architecture) };
}

/** Encoders in GGUF files, and decoders, of which llama.cpp gives the last hidden states. */
export function matchEmbedding(model: ModelManifest): ModelMatch {
  const refusal = refusalOf(model, 'embedding');
  if (refusal) return refusal;
  const { architecture, capabilities } = model;
  const isMadeForIt = (architecture !== undefined && encoders.has(architecture)) || capabilities !== undefined;
  return isMadeForIt
    ? { score, reason: reasonOf(architecture) }
    : { score: decoderScore, reason: `${reasonOf(architecture)}, which may not be made for embedding` };
}

function refusalOf({ reference, format, capabilities }: ModelManifest, capability: Capability): ModelMatch | undefined {
  if (capabilities && !capabilities.includes(capability)) {
    return { score: 0, reason: `the model is for ${capabilities.join(', ') || 'other models to use'}` };
  }
  // Without a store of models the name is all there is.
  const known = format ?? (/\.gguf$/i.test(reference) ? 'gguf' : undefined);
  if (known === 'gguf') return undefined;
  return { score: 0, reason: known ? `cannot open ${known} files, only gguf` : 'not known to be a GGUF file' };
}

function reasonOf(architecture: string | undefined): string {
  return architecture === undefined ? 'runs GGUF files on llama.cpp' : `runs ${architecture} models on llama.cpp`;
}
