import { posix } from 'node:path';
import { FerrumError } from '@ferrum/registry/errors';
import { companionsIn, isInFirstModule } from './companion-files.js';
import { preferredOnnx, withExternalData } from './onnx-files.js';
import { isNamedAsPiper, settingsNameOf, settingsNeeded, speechCompanionsIn } from './speech-files.js';

/**
 * Chooses, from a repository's file names, those that make up the model: the configuration, the tokenizer, what
 * sentence-transformers keeps beside them, what a model of speech needs, and one set of weights. Copies of the weights
 * in other formats are left out.
 * @throws FerrumError `NotFound` when `file` is not there, or a voice's settings are not; `Unsupported` when there are
 * no weights that Ferrum reads.
 */
export function selectHubFiles(repository: string, names: readonly string[], file?: string): readonly string[] {
  const companions = companionsIn(names);
  if (file !== undefined) {
    if (!names.includes(file)) throw missingFile(repository, names, file);
    // A GGUF carries its own tokenizer and configuration.
    if (isGguf(file)) return [file];
    return isOnnx(file) ? onnxFiles(repository, names, file) : [...new Set([...companions, file])];
  }
  const weights = safetensorsFiles(names);
  if (weights.length > 0) return [...companions, ...weights];
  const gguf = preferredGguf(names);
  if (gguf !== undefined) return [gguf];
  const onnx = preferredOnnx(names);
  const [first] = onnx;
  if (first !== undefined) return [...companions, ...speechCompanionsIn(names, first), ...onnx];
  const speech = names.filter((name) => isOnnx(name) && speechCompanionsIn(names, name).length > 0);
  if (speech[0] !== undefined && speech.length === 1) return onnxFiles(repository, names, speech[0]);
  if (isCtranslate2(names)) return [...companions, 'model.bin'];
  throw noWeights(repository, names);
}

const indexFile = 'model.safetensors.index.json';

/** Quantisations in order of preference: small and good first. */
const preferredQuantizations = ['Q4_K_M', 'Q4_0', 'Q4_1', 'Q4_K_S', 'Q5_K_M', 'Q8_0', 'Q6_K', 'F16', 'BF16', 'F32'];

function safetensorsFiles(names: readonly string[]): readonly string[] {
  if (names.includes(indexFile)) {
    const shards = names.filter((name) => /^model-\d{5}-of-\d{5}\.safetensors$/.test(name));
    if (shards.length > 0) return [indexFile, ...shards];
  }
  if (names.includes('model.safetensors')) return ['model.safetensors'];
  // `consolidated` holds the same weights again, under the names of another program.
  const atTop = names.filter((name) => /^[^/]+\.safetensors$/.test(name) && !name.startsWith('consolidated'));
  if (atTop.length > 0) return atTop;
  const hasModules = names.includes('modules.json');
  return names.filter((name) => hasModules && /^[^/]+\/[^/]+\.safetensors$/.test(name) && isInFirstModule(name));
}

/** One ONNX file with what belongs to it: of a collection of Piper's voices only what lies beside the one. */
function onnxFiles(repository: string, names: readonly string[], file: string): readonly string[] {
  const settings = settingsNameOf(file);
  const speech = speechCompanionsIn(names, file);
  if (speech.includes(settings)) return [...speech, file];
  const companions = companionsOf(names, file);
  if (isNamedAsPiper(file) && !companions.includes('config.json')) {
    throw new FerrumError('NotFound', `hf:${repository} has no file ${settings}. ${settingsNeeded(file)}`, {
      details: { repository, file: settings },
    });
  }
  return [...new Set([...companions, ...speech, ...withExternalData(names, file)])];
}

/** Exports of onnxruntime-genai lie in folders of their own, with all that belongs to them. */
function companionsOf(names: readonly string[], file: string): readonly string[] {
  const folder = `${posix.dirname(file)}/`;
  if (!names.includes(`${folder}genai_config.json`)) return companionsIn(names);
  const beside = names.flatMap((name) => (name.startsWith(folder) ? [name.slice(folder.length)] : []));
  return companionsIn(beside).map((name) => `${folder}${name}`);
}

function preferredGguf(names: readonly string[]): string | undefined {
  // Files in several parts and projectors of vision models are not a language model by themselves.
  const candidates = names.filter((name) => isGguf(name) && !/-\d{5}-of-\d{5}|mmproj/i.test(name)).sort();
  for (const quantization of preferredQuantizations) {
    const pattern = new RegExp(`(^|[^A-Za-z0-9])${quantization}([^A-Za-z0-9_]|$)`, 'i');
    const found = candidates.find((name) => pattern.test(name.replace(/\.gguf$/i, '')));
    if (found !== undefined) return found;
  }
  return candidates[0];
}

/** The name alone would do for anything; the vocabulary beside it is CTranslate2's. */
function isCtranslate2(names: readonly string[]): boolean {
  return names.includes('model.bin') && names.some((name) => /^vocabulary\.(json|txt)$/.test(name));
}

function isGguf(name: string): boolean {
  return /\.gguf$/i.test(name);
}

function isOnnx(name: string): boolean {
  return /\.onnx$/i.test(name);
}

function noWeights(repository: string, names: readonly string[]): FerrumError {
  const onnx = names.find(isOnnx);
  const hint = onnx === undefined ? '' : ` To take one of its ONNX files, name it: hf:${repository}:${onnx}.`;
  return new FerrumError(
    'Unsupported',
    `hf:${repository} has no weights that Ferrum reads (.safetensors, .gguf, onnx/model.onnx or CTranslate2's model.bin); ` +
      `it holds ${listed(names)}.${hint}`,
    { details: { repository } },
  );
}

function missingFile(repository: string, names: readonly string[], file: string): FerrumError {
  const alike = names.filter((name) => name.split('.').at(-1) === file.split('.').at(-1));
  return new FerrumError(
    'NotFound',
    `hf:${repository} has no file ${file}; it holds ${listed(alike.length > 0 ? alike : names)}.`,
    {
      details: { repository, file },
    },
  );
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return 'no files';
  return names.slice(0, 12).join(', ') + (names.length > 12 ? ` and ${names.length - 12} more` : '');
}
