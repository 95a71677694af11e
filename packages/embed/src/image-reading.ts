import path from 'node:path';
import type { ImagePreprocessing } from '@ferrum/images';
import type { ImageInput } from '@ferrum/interfaces';
import { WorkLimit } from '@ferrum/registry/concurrency';
import { FerrumError } from '@ferrum/registry/errors';
import type { ImageTower } from './engine/batch-embed-engine.js';
import type { CheckedEmbedOptions } from './engine/engine-options.js';
import { parsePreprocessorConfig } from './images/preprocessor-config.js';
import { readJson } from './model/sentence-settings.js';

/** Processors by the architectures whose files may leave their class out. */
const processors: Readonly<Record<string, string>> = {
  clip: 'CLIPImageProcessor',
  chinese_clip: 'ChineseCLIPImageProcessor',
  siglip: 'SiglipImageProcessor',
};

/** @throws FerrumError `NotFound` without a configuration, `Unsupported` for one that cannot be honoured. */
export async function readPreprocessing(directory: string, architecture: string): Promise<ImagePreprocessing> {
  // The newer file holds the processors of all modalities.
  for (const name of ['processor_config.json', 'preprocessor_config.json']) {
    const file = path.join(directory, name);
    const json = await readJson(file);
    const isImageProcessor =
      name === 'preprocessor_config.json' || (typeof json === 'object' && json !== null && 'image_processor' in json);
    if (json !== undefined && isImageProcessor) return parsePreprocessorConfig(json, file, processors[architecture]);
  }
  throw new FerrumError(
    'NotFound',
    `${directory} has no preprocessor_config.json, which says how images are prepared.`,
  );
}

export function requireImageSize({ width, height }: ImagePreprocessing, size: number, label: string): void {
  if (width === size && height === size) return;
  throw new FerrumError(
    'InvalidFormat',
    `${label} reads images of ${size} × ${size} pixels, but its preprocessing makes ${width} × ${height} of them.`,
  );
}

/** Images read ahead of the two that are decoded at once: more files would only be held in memory. */
const limit = new WorkLimit(4);

/** What reads images is loaded with the first one. */
export function imageReader(
  preprocessing: ImagePreprocessing,
  { maxImagePixels: maxPixels, maxImageBytes: maxBytes, allowSvg }: CheckedEmbedOptions,
): ImageTower['read'] {
  return async (image: ImageInput, signal) => {
    const { readImageBytes, preprocessImage } = await import('@ferrum/images');
    const read = async () => {
      const bytes = await readImageBytes(image, { maxBytes, signal });
      return preprocessImage(bytes, preprocessing, { maxPixels, allowSvg, signal });
    };
    return limit.run(read, signal, 'Reading the image');
  };
}
