import { wholeNumber } from '@ferrum/models';
import type { RotaryScaling } from '@ferrum/onnx';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import type { RotaryConfig } from '../architecture/decoder-config.js';

const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
const factors = v.pipe(v.array(positive), v.readonly());

export const rotarySchema = v.object({
  rope_type: v.optional(v.string()),
  type: v.optional(v.string()),
  rope_theta: v.optional(positive),
  partial_rotary_factor: v.optional(positive),
  factor: v.nullish(positive),
  low_freq_factor: v.optional(positive),
  high_freq_factor: v.optional(positive),
  original_max_position_embeddings: v.optional(v.pipe(wholeNumber, v.minValue(1))),
  attention_factor: v.nullish(positive),
  beta_fast: v.nullish(positive),
  beta_slow: v.nullish(positive),
  mscale: v.nullish(v.number()),
  mscale_all_dim: v.nullish(v.number()),
  truncate: v.optional(v.boolean()),
  short_factor: v.optional(factors),
  long_factor: v.optional(factors),
});

export type HfRotary = v.InferOutput<typeof rotarySchema>;

export interface HfRotaryContext {
  readonly file: string;
  /** `max_position_embeddings`. */
  readonly contextLength: number;
  /** Where the model was trained before its context was extended, as the top of config.json says. */
  readonly originalContextLength?: number | undefined;
  /** Where the rotary object says nothing. */
  readonly theta: number;
  readonly headDim: number;
  readonly partialFactor?: number | undefined;
}

/**
 * Rotary positions as `rope_scaling` or `rope_parameters` of a config.json describe them (`modeling_rope_utils.py` of
 * transformers). @throws FerrumError `Unsupported` for a type that is not known, `InvalidFormat` for one that lacks a value.
 */
export function rotaryFromHf(rotary: HfRotary | null | undefined, context: HfRotaryContext): RotaryConfig {
  const { theta, headDim } = context;
  const partial = rotary?.partial_rotary_factor ?? context.partialFactor ?? 1;
  const dimensions = Math.floor(headDim * partial);
  const scaling = scalingFromHf(rotary, context);
  return {
    theta: rotary?.rope_theta ?? theta,
    ...(scaling ? { scaling } : {}),
    ...(dimensions === headDim ? {} : { dimensions }),
  };
}

function scalingFromHf(rotary: HfRotary | null | undefined, context: HfRotaryContext): RotaryScaling | undefined {
  const type = rotary?.rope_type ?? rotary?.type ?? 'default';
  if (!rotary || type === 'default') return undefined;
  const { file, contextLength } = context;
  const required = <Name extends keyof HfRotary>(name: Name): NonNullable<HfRotary[Name]> => {
    const value = rotary[name];
    if (value !== undefined && value !== null) return value as NonNullable<HfRotary[Name]>;
    throw new FerrumError('InvalidFormat', `${file}: rotary scaling "${type}" lacks ${name}.`);
  };
  const original = rotary.original_max_position_embeddings ?? context.originalContextLength;
  switch (type) {
    case 'linear':
      return { type, factor: required('factor') };
    case 'dynamic':
      // transformers goes by max_position_embeddings, whatever original_max_position_embeddings says.
      return { type, factor: required('factor'), originalContextLength: contextLength };
    case 'llama3':
      return {
        type,
        factor: required('factor'),
        lowFrequencyFactor: required('low_freq_factor'),
        highFrequencyFactor: required('high_freq_factor'),
        originalContextLength: required('original_max_position_embeddings'),
      };
    case 'yarn': {
      const originalContextLength = original ?? contextLength;
      const factor = rotary.factor ?? contextLength / originalContextLength;
      return {
        type,
        factor,
        originalContextLength,
        ...(rotary.attention_factor == null ? {} : { attentionFactor: rotary.attention_factor }),
        ...(rotary.beta_fast == null ? {} : { betaFast: rotary.beta_fast }),
        ...(rotary.beta_slow == null ? {} : { betaSlow: rotary.beta_slow }),
        ...(rotary.mscale == null ? {} : { mscale: rotary.mscale }),
        ...(rotary.mscale_all_dim == null ? {} : { mscaleAllDim: rotary.mscale_all_dim }),
        ...(rotary.truncate === undefined ? {} : { truncate: rotary.truncate }),
      };
    }
    case 'su':
    case 'longrope': {
      const originalContextLength = original ?? contextLength;
      return {
        type: 'longrope',
        shortFactors: required('short_factor'),
        longFactors: required('long_factor'),
        originalContextLength,
        factor: rotary.factor ?? contextLength / originalContextLength,
        ...(rotary.attention_factor == null ? {} : { attentionFactor: rotary.attention_factor }),
      };
    }
    default:
      throw new FerrumError(
        'Unsupported',
        `${file}: rotary scaling "${type}" is not supported; linear, dynamic, yarn, llama3 and longrope are.`,
        { details: { ropeType: type } },
      );
  }
}
