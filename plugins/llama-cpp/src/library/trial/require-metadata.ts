import { FerrumError } from '@ferrum/registry/errors';
import { readGgufFileInfo } from 'node-llama-cpp';

/** What a model's dimensions are called after its architecture (docs/gguf.md of ggml), and the most that they may be. */
const dimensions: Readonly<Record<string, { readonly most: number; readonly least?: number }>> = {
  block_count: { most: 4096 },
  context_length: { most: 2 ** 31 - 1 },
  embedding_length: { most: 2 ** 20 },
  feed_forward_length: { most: 2 ** 24 },
  'attention.head_count': { most: 2 ** 16 },
  'attention.head_count_kv': { most: 2 ** 16 },
  'attention.key_length': { most: 2 ** 16 },
  'attention.value_length': { most: 2 ** 16 },
  expert_count: { most: 2 ** 16, least: 0 },
  expert_used_count: { most: 2 ** 16, least: 0 },
  'rope.dimension_count': { most: 2 ** 16, least: 0 },
  vocab_size: { most: 2 ** 26 },
};

/** llama.cpp divides by some of these, and takes memory by others, without a look at them. @throws FerrumError `Model` */
export async function requireMetadata(file: string): Promise<void> {
  const { architectureMetadata } = await read(file);
  const values = architectureMetadata as unknown as Readonly<Record<string, unknown>>;
  // Recurrent models have no attention, and write 0 for what they do not have.
  const isRecurrent = values.ssm !== undefined || values.wkv !== undefined;
  for (const [key, { most, least = isRecurrent ? 0 : 1 }] of Object.entries(dimensions)) {
    const value = key.split('.').reduce<unknown>((inner, step) => (inner as Record<string, unknown>)?.[step], values);
    if (value === undefined || isWithin(value, key === 'block_count' ? 1 : least, most)) continue;
    const message = `${file} is damaged: its metadata say that ${key} is ${shown(value)}, and it must be a whole number from ${least} to ${most}. Get the file anew.`;
    throw new FerrumError('Model', message, { details: { file, key } });
  }
}

/** Long, and of no interest here. */
const vocabulary = ['tokens', 'scores', 'token_type', 'merges'].map((name) => `tokenizer.ggml.${name}`);

async function read(file: string) {
  try {
    return await readGgufFileInfo(file, {
      sourceType: 'filesystem',
      readTensorInfo: false,
      logWarnings: false,
      ignoreKeys: vocabulary,
      spliceSplitFiles: false,
    });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `${file} is damaged: its metadata cannot be read (${why}). Get the file anew.`;
    throw new FerrumError('Model', message, { cause, details: { file } });
  }
}

/** Some models have a value for each layer, where 0 stands for a layer that has none of it. */
function isWithin(value: unknown, least: number, most: number): boolean {
  if (Array.isArray(value)) return value.every((one) => isWithin(one, 0, most)) && value.some((one) => Number(one) > 0);
  const number = typeof value === 'bigint' ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) && number >= least && number <= most;
}

function shown(value: unknown): string {
  return Array.isArray(value) ? `a list with ${value.slice(0, 4).join(', ')} …` : String(value);
}
