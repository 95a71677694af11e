import type { Capability } from '@ferrum/interfaces';
import { openCtranslate2 } from '../weights/ctranslate2.js';
import type { WeightFile } from '../weights/weight-file.js';
import type { FileFacts } from './inspect-files.js';

/** What the `model.bin` of a CTranslate2 folder says. @throws FerrumError `InvalidFormat`, `Unsupported`, `NotFound`, `IO`. */
export async function inspectCtranslate2(path: string): Promise<Omit<FileFacts, 'path'>> {
  const file = await openCtranslate2(path);
  try {
    const architecture = architectureOf(String(file.metadata.get('ctranslate2.spec_name')));
    const isWhisper = architecture === 'whisper';
    // Rows of the decoder's learned positions.
    const contextLength = isWhisper ? file.tensors.get('decoder/position_encodings/encodings')?.dims[0] : undefined;
    const quantization = quantizationOf(file);
    return {
      format: 'ctranslate2',
      architecture,
      ...(isWhisper ? { capabilities: ['transcription'] satisfies readonly Capability[] } : {}),
      ...(contextLength === undefined ? {} : { contextLength }),
      ...(quantization === undefined ? {} : { quantization }),
    };
  } finally {
    await file.close();
  }
}

/** `WhisperSpec` is `whisper`. */
function architectureOf(spec: string): string {
  return spec.replace(/(?<=.)Spec$/, '').toLowerCase();
}

/** As the converter calls it, in capitals: all weights of a file are stored alike. */
function quantizationOf({ tensors }: WeightFile): string | undefined {
  const weight = [...tensors.values()].find(({ name }) => name.endsWith('/weight'));
  return weight?.type.replace(/^I(\d)/, 'INT$1');
}
