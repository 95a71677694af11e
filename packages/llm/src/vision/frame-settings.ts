import path from 'node:path';
import { type ChannelNormalization, type ResampleFilter, resampleFilters } from '@ferrum/images';
import { ifPresent, parseShape, readJsonFile, wholeNumber } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import { requireField } from '../models/hf-config.js';
import type { VisionConfig } from './vision-config.js';

/** What is done to an image before the model sees it. */
export interface FrameSettings {
  /** What the longer edge is brought to, in pixels. */
  readonly longestEdge: number;
  readonly filter: ResampleFilter;
  /** Whether images are cut into tiles where a request says nothing. */
  readonly splits: boolean;
  /** Each value of 0 to 255 is multiplied by it. */
  readonly scale: number;
  readonly normalization: ChannelNormalization;
}

const edge = v.object({ longest_edge: v.pipe(wholeNumber, v.minValue(1), v.maxValue(65_535)) });
const channels = v.strictTuple([v.number(), v.number(), v.number()]);
const schema = v.object({
  size: edge,
  max_image_size: edge,
  resample: v.optional(v.pipe(wholeNumber, v.minValue(0), v.maxValue(resampleFilters.length - 1)), 1),
  rescale_factor: v.optional(v.pipe(v.number(), v.finite(), v.gtValue(0)), 1 / 255),
  image_mean: v.optional(channels, [0.5, 0.5, 0.5]),
  image_std: v.optional(
    v.pipe(
      channels,
      v.check((of) => of.every((value) => value > 0), 'must be above 0'),
    ),
    [0.5, 0.5, 0.5],
  ),
  do_image_splitting: v.optional(v.boolean(), true),
  do_resize: v.optional(v.boolean()),
  do_rescale: v.optional(v.boolean()),
  do_normalize: v.optional(v.boolean()),
});
const processorSchema = v.object({ image_processor: v.looseObject({}) });

/**
 * Reads `processor_config.json`, where it describes the image processor, or `preprocessor_config.json`.
 * @throws FerrumError `NotFound` without either, `InvalidFormat`, `Unsupported` naming what cannot be honoured.
 */
export async function readFrameSettings(folder: string, { imageSize }: VisionConfig): Promise<FrameSettings> {
  const { json, file } = await readProcessor(folder);
  const config = parseShape(schema, json, file);
  for (const step of ['do_resize', 'do_rescale', 'do_normalize'] as const) requireField(file, step, config[step], true);
  const frame = config.max_image_size.longest_edge;
  if (frame !== imageSize) {
    throw new FerrumError(
      'InvalidFormat',
      `${file}: max_image_size.longest_edge: frames of ${frame} pixels are made, but the model reads ${imageSize}.`,
      { details: { field: 'max_image_size.longest_edge' } },
    );
  }
  return {
    longestEdge: config.size.longest_edge,
    filter: resampleFilters[config.resample] as ResampleFilter,
    splits: config.do_image_splitting,
    scale: config.rescale_factor,
    normalization: { mean: config.image_mean, deviation: config.image_std },
  };
}

async function readProcessor(folder: string): Promise<{ readonly json: unknown; readonly file: string }> {
  const newer = path.join(folder, 'processor_config.json');
  const all = await ifPresent(readJsonFile(newer));
  if (v.is(processorSchema, all)) return { json: all.image_processor, file: `${newer}: image_processor` };
  const file = path.join(folder, 'preprocessor_config.json');
  const json = await ifPresent(readJsonFile(file));
  if (json !== undefined) return { json, file };
  throw new FerrumError('NotFound', `${file} is missing; it says how images are prepared. Fetch the model again.`);
}
