import { FerrumError } from '@ferrum/registry/errors';

export interface RotaryOptions {
  /** Elements of each head that are rotated: its whole size, or less for a model that rotates a part. */
  readonly headDim: number;
  readonly theta: number;
  readonly scaling?: RotaryScaling;
  /** Divides each frequency, [headDim / 2]; from a file that stores them (Llama 3 GGUF). */
  readonly frequencyFactors?: Float32Array;
  /**
   * The sequence's length in tokens, which `dynamic` and `longrope` choose their frequencies by. Default, for `longrope`: as many
   * as the table has positions; for `dynamic`: at each position the tokens up to it, as where keys are cached once and for all.
   */
  readonly sequenceLength?: number;
}

/** How a model's context was extended, as `rope_scaling` or `rope_parameters` of a config.json say it. */
export type RotaryScaling =
  | { readonly type: 'linear'; readonly factor: number }
  | DynamicScaling
  | YarnScaling
  | Llama3Scaling
  | LongRopeScaling;

/** θ grows with the sequence once that is longer than `originalContextLength` ("dynamic NTK"). */
export interface DynamicScaling {
  readonly type: 'dynamic';
  readonly factor: number;
  readonly originalContextLength: number;
}

/** Slow frequencies divided by the factor, fast ones kept, a ramp between (Peng et al. 2023, "YaRN"). */
export interface YarnScaling {
  readonly type: 'yarn';
  readonly factor: number;
  readonly originalContextLength: number;
  /** Multiplies cosines and sines. Default: 0.1 · ln(factor) + 1, or by the two `mscale` where both are given. */
  readonly attentionFactor?: number;
  /** Turns in the original context from which a frequency is kept. Default 32. */
  readonly betaFast?: number;
  /** Turns up to which a frequency is divided. Default 1. */
  readonly betaSlow?: number;
  readonly mscale?: number;
  readonly mscaleAllDim?: number;
  /** Whether the ramp begins and ends at whole frequencies. Default true. */
  readonly truncate?: boolean;
}

/** Long wavelengths divided by the factor, short ones kept, a linear blend between (Llama 3.1 model code). */
export interface Llama3Scaling {
  readonly type: 'llama3';
  readonly factor: number;
  readonly lowFrequencyFactor: number;
  readonly highFrequencyFactor: number;
  readonly originalContextLength: number;
}

/** Each frequency divided by a factor of its own, other ones for long sequences (Ding et al. 2024, "LongRoPE"). */
export interface LongRopeScaling {
  readonly type: 'longrope';
  /** [headDim / 2], for sequences up to `originalContextLength`. */
  readonly shortFactors: readonly number[];
  /** [headDim / 2], for longer ones. */
  readonly longFactors: readonly number[];
  readonly originalContextLength: number;
  /** How much longer the context became. */
  readonly factor: number;
  /** Multiplies cosines and sines. Default: √(1 + ln(factor) / ln(originalContextLength)), 1 for a factor up to 1. */
  readonly attentionFactor?: number;
}

export interface RotaryFrequencies {
  /** Radians a position, [headDim / 2]. */
  readonly frequencies: Float64Array;
  /** Multiplies cosines and sines. */
  readonly attentionFactor: number;
}

/**
 * The frequencies of rotary position embeddings (Su et al. 2021), θ^(−2i / headDim), scaled as the model says.
 * @param sequenceLength in tokens
 * @throws FerrumError `Model` for factors of the wrong number, or a scaling that gives no finite frequency above 0.
 */
export function rotaryFrequencies(options: RotaryOptions, sequenceLength: number): RotaryFrequencies {
  const { headDim, theta, scaling, frequencyFactors } = options;
  if (!Number.isInteger(headDim / 2) || headDim < 2) {
    throw new FerrumError('Model', `The model rotates ${headDim} elements of each head; expected an even number.`);
  }
  const half = headDim / 2;
  requireCount('rotary frequency factors', frequencyFactors, half);
  const base = scaling?.type === 'dynamic' ? theta * dynamicStretch(scaling, headDim, sequenceLength) : theta;
  const plain = Float64Array.from(
    { length: half },
    (_, i) => base ** ((-2 * i) / headDim) / (frequencyFactors?.[i] ?? 1),
  );
  const scaled = scaling ? scale(plain, scaling, options, sequenceLength) : { frequencies: plain, attentionFactor: 1 };
  const invalid = [...scaled.frequencies, scaled.attentionFactor].find((value) => !(value > 0 && value < Infinity));
  if (invalid !== undefined) {
    throw new FerrumError(
      'Model',
      `The model's rotary embedding (theta ${theta}, scaling ${JSON.stringify(scaling?.type ?? 'none')}) gives the ` +
        `frequency or factor ${invalid}; expected finite ones above 0. Check its theta and the factors of its scaling.`,
    );
  }
  return scaled;
}

function scale(
  plain: Float64Array,
  scaling: RotaryScaling,
  { headDim, theta }: RotaryOptions,
  sequenceLength: number,
): RotaryFrequencies {
  switch (scaling.type) {
    case 'linear':
      return { frequencies: plain.map((frequency) => frequency / scaling.factor), attentionFactor: 1 };
    case 'dynamic':
      return { frequencies: plain, attentionFactor: 1 };
    case 'llama3':
      return { frequencies: plain.map((frequency) => llama3(frequency, scaling)), attentionFactor: 1 };
    case 'yarn':
      return yarn(plain, scaling, headDim, theta);
    case 'longrope':
      return longRope(plain, scaling, sequenceLength);
  }
}

function dynamicStretch(
  { factor, originalContextLength }: DynamicScaling,
  headDim: number,
  sequenceLength: number,
): number {
  const length = Math.max(sequenceLength, originalContextLength);
  return ((factor * length) / originalContextLength - (factor - 1)) ** (headDim / (headDim - 2));
}

function llama3(frequency: number, scaling: Llama3Scaling): number {
  const { factor, lowFrequencyFactor, highFrequencyFactor, originalContextLength } = scaling;
  const turns = (originalContextLength * frequency) / (2 * Math.PI);
  const kept = Math.min(1, Math.max(0, (turns - lowFrequencyFactor) / (highFrequencyFactor - lowFrequencyFactor)));
  return kept * frequency + ((1 - kept) * frequency) / factor;
}

function yarn(plain: Float64Array, scaling: YarnScaling, headDim: number, theta: number): RotaryFrequencies {
  const { factor, originalContextLength, betaFast = 32, betaSlow = 1, mscale, mscaleAllDim, truncate = true } = scaling;
  /** Which frequency, counted in fractions too, makes so many turns in the original context. */
  const indexOf = (turns: number) =>
    (headDim * Math.log(originalContextLength / (turns * 2 * Math.PI))) / (2 * Math.log(theta));
  const [from, to] = [indexOf(betaFast), indexOf(betaSlow)];
  const low = Math.max(truncate ? Math.floor(from) : from, 0);
  const high = Math.min(truncate ? Math.ceil(to) : to, headDim - 1);
  // Where the ramp has no width it is a step.
  const width = low === high ? 0.001 : high - low;
  const frequencies = plain.map((frequency, i) => {
    const divided = Math.min(1, Math.max(0, (i - low) / width));
    return (1 - divided) * frequency + (divided * frequency) / factor;
  });
  const magnitude = (weight: number) => (factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1);
  const inferred = mscale && mscaleAllDim ? magnitude(mscale) / magnitude(mscaleAllDim) : magnitude(1);
  return { frequencies, attentionFactor: scaling.attentionFactor ?? inferred };
}

function longRope(plain: Float64Array, scaling: LongRopeScaling, sequenceLength: number): RotaryFrequencies {
  const { shortFactors, longFactors, originalContextLength, factor } = scaling;
  requireCount('short factors of longrope', shortFactors, plain.length);
  requireCount('long factors of longrope', longFactors, plain.length);
  const factors = sequenceLength > originalContextLength ? longFactors : shortFactors;
  const inferred = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(originalContextLength));
  return {
    frequencies: plain.map((frequency, i) => frequency / (factors[i] ?? Number.NaN)),
    attentionFactor: scaling.attentionFactor ?? inferred,
  };
}

function requireCount(what: string, factors: ArrayLike<number> | undefined, count: number): void {
  if (!factors || factors.length === count) return;
  throw new FerrumError('Model', `The model stores ${factors.length} ${what}, but its heads need ${count}.`);
}
