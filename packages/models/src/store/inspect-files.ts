import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelManifest } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import { parseShape, wholeNumber } from '../shape.js';
import { openGguf } from '../weights/gguf.js';

type Facts = Omit<ModelManifest, 'reference'>;

/**
 * What files say of themselves: the header of a GGUF, or a folder's config.json.
 * @param names within the folder
 * @throws FerrumError `InvalidFormat` for a damaged file, `RequestValidation` when several models lie in one folder.
 */
export async function inspectFiles(directory: string, names: readonly string[]): Promise<Facts> {
  const format = formatOf(names);
  if (format === 'gguf') return await inspectGguf(join(directory, onlyGguf(directory, names)));
  const config = names.includes('config.json') ? await readConfig(join(directory, 'config.json')) : {};
  return { ...config, ...(format === undefined ? {} : { format }), path: directory };
}

function formatOf(names: readonly string[]): ModelManifest['format'] {
  const has = (pattern: RegExp) => names.some((name) => pattern.test(name));
  if (has(/\.safetensors$/i)) return 'safetensors';
  if (has(/\.gguf$/i)) return 'gguf';
  if (has(/\.onnx$/i)) return 'onnx';
  return has(/^model\.bin$/) ? 'ctranslate2' : undefined;
}

function onlyGguf(directory: string, names: readonly string[]): string {
  const files = names.filter((name) => /\.gguf$/i.test(name));
  const [file] = files;
  if (file !== undefined && files.length === 1) return file;
  throw new FerrumError(
    'RequestValidation',
    `${directory} holds several GGUF files; give the path of one: ${files.join(', ')}.`,
  );
}

async function inspectGguf(path: string): Promise<Facts> {
  const gguf = await openGguf(path);
  try {
    const architecture = gguf.metadata.get('general.architecture');
    const license = gguf.metadata.get('general.license');
    const contextLength = gguf.metadata.get(`${String(architecture)}.context_length`);
    const quantization = ggufFileTypes.get(Number(gguf.metadata.get('general.file_type') ?? -1));
    return {
      format: 'gguf',
      ...(typeof architecture === 'string' ? { architecture } : {}),
      ...(typeof license === 'string' ? { license } : {}),
      ...(typeof contextLength === 'number' ? { contextLength } : {}),
      ...(quantization === undefined ? {} : { quantization }),
      path,
    };
  } finally {
    await gguf.close();
  }
}

/** `general.file_type` of the GGUF specification (docs/gguf.md of ggml). */
const ggufFileTypes: ReadonlyMap<number, string> = new Map([
  [0, 'F32'],
  [1, 'F16'],
  [2, 'Q4_0'],
  [3, 'Q4_1'],
  [7, 'Q8_0'],
  [8, 'Q5_0'],
  [9, 'Q5_1'],
  [10, 'Q2_K'],
  [11, 'Q3_K_S'],
  [12, 'Q3_K_M'],
  [13, 'Q3_K_L'],
  [14, 'Q4_K_S'],
  [15, 'Q4_K_M'],
  [16, 'Q5_K_S'],
  [17, 'Q5_K_M'],
  [18, 'Q6_K'],
  [32, 'BF16'],
]);

const configSchema = v.object({
  model_type: v.optional(v.string()),
  architectures: v.nullish(v.array(v.string())),
  max_position_embeddings: v.nullish(v.pipe(wholeNumber, v.minValue(1))),
  torch_dtype: v.nullish(v.string()),
  dtype: v.nullish(v.string()),
});

const dataTypes: ReadonlyMap<string, string> = new Map([
  ['bfloat16', 'BF16'],
  ['float16', 'F16'],
  ['float32', 'F32'],
]);

async function readConfig(path: string): Promise<Facts> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new FerrumError('InvalidFormat', `${path} cannot be read as JSON.`, { cause, details: { path } });
  }
  const config = parseShape(configSchema, json, `${path} is not a model's configuration`);
  const quantization = dataTypes.get(config.torch_dtype ?? config.dtype ?? '');
  const generates = config.architectures?.some((name) => name.endsWith('ForCausalLM')) ?? false;
  return {
    ...(config.model_type === undefined ? {} : { architecture: config.model_type }),
    ...(generates ? { capabilities: ['text-generation'] as const } : {}),
    ...(config.max_position_embeddings ? { contextLength: config.max_position_embeddings } : {}),
    ...(quantization === undefined ? {} : { quantization }),
  };
}
