import {
  type ChannelNormalization,
  type ImagePreprocessing,
  type ImageResize,
  type ImageSize,
  type ResampleFilter,
  resampleFilters,
} from '@ferrum/images';
import { parseShape } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import { positive, size, unsupported } from '../architecture/text/config-values.js';

/** Far above any vision encoder; what lies beyond is a damaged file, and would exhaust memory before anyone noticed. */
const edge = v.pipe(size, v.maxValue(8192));
const rectangle = v.strictObject({ height: edge, width: edge });
const perChannelMessage = 'must be a number, or one for each of three channels (a deviation above 0)';
const channels = v.union([v.strictTuple([v.number(), v.number(), v.number()]), v.number()], perChannelMessage);
const deviations = v.union([v.strictTuple([positive, positive, positive]), positive], perChannelMessage);
const flag = v.nullish(v.boolean());

const typeSchema = v.object({
  image_processor_type: v.nullish(v.string()),
  feature_extractor_type: v.nullish(v.string()),
});
const schema = v.object({
  do_resize: flag,
  size: v.nullish(v.unknown()),
  default_to_square: flag,
  resample: v.nullish(v.union([v.pipe(v.number(), v.integer()), v.string()])),
  do_center_crop: flag,
  crop_size: v.nullish(v.unknown()),
  do_rescale: flag,
  rescale_factor: v.nullish(positive),
  do_normalize: flag,
  image_mean: v.nullish(channels),
  image_std: v.nullish(deviations),
  // Without effect: as in `load_image`, every image is RGB before it comes to this.
  do_convert_rgb: flag,
});
const nestedSchema = v.object({ image_processor: v.nullish(v.record(v.string(), v.unknown())) });

/** What a processor class of `transformers` does where the file says nothing. */
interface ProcessorDefaults {
  readonly filter: ResampleFilter;
  readonly size: unknown;
  /** Whether a size of one number is a square, and not the length of the shorter edge. */
  readonly isSquare: boolean;
  readonly cropSize: ImageSize | undefined;
  readonly normalization: ChannelNormalization;
}

const clipDefaults: ProcessorDefaults = {
  filter: 'bicubic',
  size: { shortest_edge: 224 },
  isSquare: false,
  cropSize: { height: 224, width: 224 },
  normalization: {
    mean: [0.48145466, 0.4578275, 0.40821073],
    deviation: [0.26862954, 0.26130258, 0.27577711],
  },
};
const siglipDefaults: ProcessorDefaults = {
  filter: 'bicubic',
  size: { height: 224, width: 224 },
  isSquare: false,
  cropSize: undefined,
  normalization: { mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5] },
};
const processors: ReadonlyMap<string, ProcessorDefaults> = new Map([
  ['CLIPImageProcessor', clipDefaults],
  ['ChineseCLIPImageProcessor', clipDefaults],
  ['SiglipImageProcessor', siglipDefaults],
  ['ViTImageProcessor', { ...siglipDefaults, filter: 'bilinear', isSquare: true }],
]);

/**
 * Reads preprocessor_config.json, or a processor_config.json that holds it under `image_processor`. An absent or null field
 * is what its processor class of `transformers` has.
 * @param fallbackType The processor of this kind of model, for a file that names none.
 * @throws FerrumError `Unsupported` naming the processor, or a field that can't be honoured; `InvalidFormat` for bad values.
 */
export function parsePreprocessorConfig(json: unknown, file: string, fallbackType?: string): ImagePreprocessing {
  const values = parseShape(nestedSchema, json, file).image_processor ?? json;
  const type = readType(values, file, fallbackType);
  const defaults = processors.get(type);
  if (!defaults) throw unsupported(file, `image processor "${type}"`, [...processors.keys()].join(', '));
  refuseOtherSteps(values as Record<string, unknown>, file);
  const config = parseShape(schema, values, file);
  const resize = (config.do_resize ?? true) ? readResize(config, defaults, file) : undefined;
  const cropSize = config.crop_size == null ? defaults.cropSize : readRectangle(config.crop_size, 'crop_size', file);
  const doesCrop = config.do_center_crop ?? defaults.cropSize !== undefined;
  if (doesCrop && !cropSize) throw malformed(file, 'do_center_crop', 'needs a crop_size');
  const crop = doesCrop ? cropSize : undefined;
  const final = crop ?? (typeof resize?.size === 'object' ? resize.size : undefined);
  if (!final) {
    const message = `${file}: neither size nor crop_size gives every image the same size, which the model needs.`;
    throw new FerrumError('Unsupported', message, { details: { field: resize ? 'do_center_crop' : 'do_resize' } });
  }
  const { mean, deviation } = defaults.normalization;
  return {
    resize,
    crop,
    scale: (config.do_rescale ?? true) ? (config.rescale_factor ?? 1 / 255) : 1,
    normalization:
      (config.do_normalize ?? true)
        ? { mean: perChannel(config.image_mean ?? mean), deviation: perChannel(config.image_std ?? deviation) }
        : undefined,
    width: final.width,
    height: final.height,
  };
}

/** `CLIPImageProcessorFast`, `CLIPImageProcessorPil` and the old `CLIPFeatureExtractor` are a `CLIPImageProcessor`. */
function readType(values: unknown, file: string, fallback: string | undefined): string {
  const { image_processor_type: type, feature_extractor_type: oldType } = parseShape(typeSchema, values, file);
  const name = type ?? oldType ?? fallback;
  if (!name) throw malformed(file, 'image_processor_type', 'is missing');
  return name.replace(/FeatureExtractor$/, 'ImageProcessor').replace(/(?<=ImageProcessor)(Fast|Pil)$/, '');
}

const otherFields = ['use_square_size', 'size_divisor', 'reducing_gap'];

/** A step that is switched on and not known here would change the pixels. */
function refuseOtherSteps(values: Readonly<Record<string, unknown>>, file: string): void {
  for (const [field, value] of Object.entries(values)) {
    const isStep = (field.startsWith('do_') && !(field in schema.entries)) || otherFields.includes(field);
    if (!isStep || value === false || value === null) continue;
    throw new FerrumError('Unsupported', `${file}: field "${field}": ${JSON.stringify(value)} is not supported.`, {
      details: { field },
    });
  }
}

function readResize(config: v.InferOutput<typeof schema>, defaults: ProcessorDefaults, file: string): ImageResize {
  const filter = config.resample == null ? defaults.filter : readFilter(config.resample, file);
  const given = config.size ?? defaults.size;
  if (typeof given === 'number' && (config.default_to_square ?? defaults.isSquare)) {
    return { filter, size: readRectangle(given, 'size', file) };
  }
  const shortest = typeof given === 'number' ? { shortest_edge: given } : given;
  if (typeof shortest !== 'object' || shortest === null || !('shortest_edge' in shortest)) {
    return { filter, size: readRectangle(given, 'size', file) };
  }
  const [other] = Object.keys(shortest).filter((key) => key !== 'shortest_edge');
  if (other) throw unsupported(file, `"${other}" in field "size"`, 'shortest_edge alone, or height and width');
  return { filter, size: parseShape(v.object({ shortest_edge: edge }), shortest, `${file}: size`).shortest_edge };
}

/** `224`, `[224, 224]` (height first) or `{"height": 224, "width": 224}`. */
function readRectangle(value: unknown, field: string, file: string): ImageSize {
  const where = `${file}: ${field}`;
  if (Array.isArray(value)) {
    const [height, width] = parseShape(v.strictTuple([edge, edge]), value, where);
    return { width, height };
  }
  if (typeof value !== 'object') {
    const side = parseShape(edge, value, where);
    return { width: side, height: side };
  }
  const { width, height } = parseShape(rectangle, value, where);
  return { width, height };
}

function readFilter(resample: number | string, file: string): ResampleFilter {
  const name = typeof resample === 'number' ? resampleFilters[resample] : resample.toLowerCase();
  const filter = resampleFilters.find((known) => known === name);
  if (filter) return filter;
  const known = `the numbers 0 to ${resampleFilters.length - 1} and ${resampleFilters.join(', ')}`;
  throw unsupported(file, `resample ${JSON.stringify(resample)}`, known);
}

function perChannel(value: number | readonly [number, number, number]): readonly [number, number, number] {
  return typeof value === 'number' ? [value, value, value] : value;
}

function malformed(file: string, field: string, what: string): FerrumError {
  return new FerrumError('InvalidFormat', `${file}: field "${field}" ${what}.`, { details: { field } });
}
