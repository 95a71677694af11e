import { FerrumError } from '@ferrum/registry/errors';
import { families } from '../models/families.js';
import type { DecoderConfig } from './decoder-config.js';

/** Architectures whose graph this package builds, as GGUF files and Hugging Face configs name them. */
export const supportedArchitectures: readonly string[] = [
  ...new Set(families.flatMap(({ modelTypes, gguf }) => [...modelTypes, ...(gguf ? [gguf.architecture] : [])])),
];

export function unsupportedArchitecture(architecture: string): FerrumError {
  return new FerrumError(
    'Unsupported',
    `Architecture "${architecture}" is not supported; @ferrum/llm opens ${families.map(({ name }) => name).join(', ')} ` +
      `(${supportedArchitectures.map((name) => `"${name}"`).join(', ')} in config.json or GGUF files).`,
    { details: { architecture } },
  );
}

/** @throws FerrumError `InvalidFormat` where the numbers contradict each other, `Unsupported` where the kernels have limits. */
export function checkDecoderConfig(config: DecoderConfig): DecoderConfig {
  for (const [name, limit] of Object.entries(limits) as [keyof typeof limits, number][]) {
    if (config[name] > limit) {
      throw new FerrumError(
        'InvalidFormat',
        `The model says ${name} ${config[name]}; more than ${limit} is not plausible.`,
      );
    }
  }
  const { heads, kvHeads, headDim, contextLength } = config;
  // The rotary tables hold so many numbers.
  if (contextLength * headDim > 2 ** 28) {
    throw new FerrumError(
      'InvalidFormat',
      `A context of ${contextLength} tokens with heads of ${headDim} is not plausible.`,
    );
  }
  if (heads % kvHeads !== 0) {
    throw new FerrumError(
      'InvalidFormat',
      `The model has ${heads} attention heads, not a multiple of its ${kvHeads} KV heads.`,
    );
  }
  if (headDim % 16 !== 0) {
    throw new FerrumError(
      'Unsupported',
      `Head size ${headDim} is not supported: the attention kernel needs a multiple of 16.`,
    );
  }
  for (const { dimensions = headDim } of [config.rotary, config.slidingRotary ?? {}]) {
    if (dimensions > headDim || dimensions % 2 !== 0 || dimensions < 2) {
      throw new FerrumError(
        'InvalidFormat',
        `The model rotates ${dimensions} of the ${headDim} elements of each head.`,
      );
    }
  }
  const { experts } = config;
  if (experts && (experts.active < 1 || experts.active > experts.count || experts.count > 4096)) {
    throw new FerrumError('InvalidFormat', `The model uses ${experts.active} of ${experts.count} experts.`);
  }
  return config;
}

/** Far above any model there is; what lies beyond is a damaged file, and would exhaust memory before anyone noticed. */
const limits = {
  vocabularySize: 4_194_304,
  hiddenSize: 1_048_576,
  intermediateSize: 4_194_304,
  layers: 4096,
  heads: 4096,
  headDim: 4096,
  contextLength: 2_097_152,
};
