import { FerrumError } from '@ferrum/registry/errors';

export interface RotaryOptions {
  readonly headDim: number;
  readonly theta: number;
  readonly scaling?: RotaryScaling;
  /** Divides each frequency, [headDim / 2]; from a file that stores them (Llama 3 GGUF). */
  readonly frequencyFactors?: Float32Array;
}

export type RotaryScaling =
  | { readonly type: 'linear'; readonly factor: number }
  | {
      readonly type: 'llama3';
      readonly factor: number;
      readonly lowFrequencyFactor: number;
      readonly highFrequencyFactor: number;
      readonly originalContextLength: number;
    };

/**
 * Cosines and sines of rotary position embeddings (Su et al. 2021), each float32 [positions, headDim / 2]:
 * angle(p, i) = p · θ^(−2i / headDim), the frequencies scaled as the model says.
 */
export function rotaryTable(options: RotaryOptions, positions: number): { cos: Float32Array; sin: Float32Array } {
  const frequencies = rotaryFrequencies(options);
  const half = frequencies.length;
  const cos = new Float32Array(positions * half);
  const sin = new Float32Array(positions * half);
  for (let position = 0; position < positions; position++) {
    for (let i = 0; i < half; i++) {
      const angle = position * (frequencies[i] as number);
      cos[position * half + i] = Math.cos(angle);
      sin[position * half + i] = Math.sin(angle);
    }
  }
  return { cos, sin };
}

function rotaryFrequencies({ headDim, theta, scaling, frequencyFactors }: RotaryOptions): Float64Array {
  const half = headDim / 2;
  if (frequencyFactors && frequencyFactors.length !== half) {
    throw new FerrumError(
      'Model',
      `The model stores ${frequencyFactors.length} rotary frequency factors, but its heads need ${half}.`,
    );
  }
  return Float64Array.from({ length: half }, (_, i) => {
    const frequency = theta ** ((-2 * i) / headDim) / (frequencyFactors?.[i] ?? 1);
    return scaling ? scaleFrequency(frequency, scaling) : frequency;
  });
}

/** `llama3`: long wavelengths divided by the factor, short ones kept, a linear blend between (Llama 3.1 model code). */
function scaleFrequency(frequency: number, scaling: RotaryScaling): number {
  if (scaling.type === 'linear') return frequency / scaling.factor;
  const { factor, lowFrequencyFactor, highFrequencyFactor, originalContextLength } = scaling;
  const turns = (originalContextLength * frequency) / (2 * Math.PI);
  const kept = Math.min(1, Math.max(0, (turns - lowFrequencyFactor) / (highFrequencyFactor - lowFrequencyFactor)));
  return kept * frequency + ((1 - kept) * frequency) / factor;
}
