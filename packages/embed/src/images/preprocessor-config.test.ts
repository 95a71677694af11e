import { describe, expect, it } from 'vitest';
import { parsePreprocessorConfig } from './preprocessor-config.js';

const parse = (json: unknown, fallback?: string) => parsePreprocessorConfig(json, 'preprocessor_config.json', fallback);
const clip = { image_processor_type: 'CLIPImageProcessor' };
const siglip = { image_processor_type: 'SiglipImageProcessor' };
const clipNormalization = {
  mean: [0.48145466, 0.4578275, 0.40821073],
  deviation: [0.26862954, 0.26130258, 0.27577711],
};

// Whole pipelines are compared with transformers' in preprocess-image.test.ts.
describe('parsePreprocessorConfig', () => {
  it('knows what CLIP does where the file says nothing, or null', () => {
    const expected = {
      resize: { filter: 'bicubic', size: 224 },
      crop: { width: 224, height: 224 },
      scale: 1 / 255,
      normalization: clipNormalization,
      width: 224,
      height: 224,
    };
    expect(parse(clip)).toEqual(expected);
    expect(parse({ ...clip, size: null, crop_size: null, do_resize: null, resample: null })).toEqual(expected);
    expect(parse({}, 'ChineseCLIPImageProcessor')).toEqual(expected);
  });

  it('knows SigLIP and ViT', () => {
    const half = { mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5] };
    const square = { width: 224, height: 224 };
    expect(parse(siglip)).toMatchObject({
      resize: { filter: 'bicubic', size: square },
      crop: undefined,
      normalization: half,
    });
    const vit = parse({ image_processor_type: 'ViTImageProcessor', size: 224 });
    expect(vit).toMatchObject({ resize: { filter: 'bilinear', size: square }, crop: undefined, normalization: half });
  });

  it.each(['CLIPFeatureExtractor', 'CLIPImageProcessor', 'CLIPImageProcessorFast', 'CLIPImageProcessorPil'])(
    'takes %s for CLIP',
    (type) => {
      const field = type.endsWith('Extractor') ? 'feature_extractor_type' : 'image_processor_type';
      const old = parse({ [field]: type, size: 336, crop_size: 336, resample: 3 });
      expect(old).toMatchObject({ resize: { size: 336 }, width: 336, height: 336 });
    },
  );

  it('finds the image processor within a processor', () => {
    const nested = { processor_class: 'CLIPProcessor', image_processor: { ...clip, crop_size: 96 } };
    expect(parse(nested)).toMatchObject({ width: 96, height: 96 });
  });

  it.each([
    [{ size: { height: 3, width: 5 } }, { width: 5, height: 3 }],
    [{ size: [3, 5] }, { width: 5, height: 3 }],
    [
      { size: 4, default_to_square: true },
      { width: 4, height: 4 },
    ],
    [
      { do_resize: false, do_center_crop: true, crop_size: { height: 2, width: 6 } },
      { width: 6, height: 2 },
    ],
  ])('works out the final size of %j', (config, size) => {
    expect(parse({ ...siglip, ...config })).toMatchObject(size);
  });

  it('reads every filter by number and by name', () => {
    const names = ['nearest', 'lanczos', 'bilinear', 'bicubic', 'box', 'hamming'];
    for (const [resample, name] of names.entries()) {
      expect(parse({ ...clip, resample }).resize?.filter).toBe(name);
      expect(parse({ ...clip, resample: name.toUpperCase() }).resize?.filter).toBe(name);
    }
  });

  it('leaves out the steps that are switched off', () => {
    const bare = parse({ ...clip, do_resize: false, do_rescale: false, do_normalize: false });
    expect(bare).toMatchObject({ resize: undefined, scale: 1, normalization: undefined });
  });

  it('takes one number for all channels', () => {
    const { normalization } = parse({ ...clip, image_mean: 0.1, image_std: 2 });
    expect(normalization).toEqual({ mean: [0.1, 0.1, 0.1], deviation: [2, 2, 2] });
  });

  it.each([
    [{ image_processor_type: 'Siglip2ImageProcessor' }, 'Siglip2ImageProcessor'],
    [{ ...clip, resample: 6 }, 'resample 6'],
    [{ ...clip, resample: 'magic' }, 'magic'],
    [{ ...clip, do_pad: true }, 'do_pad'],
    [{ ...clip, do_flip_channel_order: true }, 'do_flip_channel_order'],
    [{ ...clip, use_square_size: true }, 'use_square_size'],
    [{ ...clip, size: { shortest_edge: 4, longest_edge: 8 } }, 'longest_edge'],
    [{ ...clip, do_center_crop: false }, 'same size'],
    [{ ...siglip, size: 224 }, 'same size'],
    [{ ...siglip, do_resize: false }, 'same size'],
  ])('refuses what it cannot honour: %j', (config, named) => {
    const refused = expect.objectContaining({ code: 'Unsupported', message: expect.stringContaining(named) });
    expect(() => parse(config)).toThrow(refused);
  });

  it.each([
    [{}, 'image_processor_type'],
    [[], 'object'],
    ['text', ''],
    [{ image_processor: [] }, ''],
    [{ ...clip, size: { longest_edge: 8 } }, 'size'],
    [{ ...clip, size: 0 }, 'size'],
    [{ ...clip, size: 1e6 }, 'size'],
    [{ ...clip, size: '224' }, 'size'],
    [{ ...clip, size: { shortest_edge: 2.5 } }, 'shortest_edge'],
    [{ ...clip, crop_size: { height: 4 } }, 'crop_size'],
    [{ ...siglip, do_center_crop: true }, 'crop_size'],
    [{ ...clip, do_resize: 'yes' }, 'do_resize'],
    [{ ...clip, image_mean: [0.5] }, 'image_mean'],
    [{ ...clip, image_std: [1, 0, 1] }, 'image_std'],
    [{ ...clip, rescale_factor: -1 }, 'rescale_factor'],
  ])('calls a bad value by its field: %j', (config, named) => {
    const bad = expect.objectContaining({ code: 'InvalidFormat', message: expect.stringContaining(named) });
    expect(() => parse(config)).toThrow(bad);
  });
});
