import { type RotaryOptions, rotaryFrequencies } from './rotary-frequencies.js';

/**
 * Cosines and sines of rotary position embeddings (Su et al. 2021), each float32 [positions, headDim / 2]:
 * angle(p, i) = p · θ^(−2i / headDim), the frequencies scaled as the model says, cosines and sines multiplied by the attention
 * factor that belongs to the scaling.
 * @throws FerrumError `Model` as `rotaryFrequencies` does.
 */
export function rotaryTable(options: RotaryOptions, positions: number): { cos: Float32Array; sin: Float32Array } {
  const { frequencies, attentionFactor } = rotaryFrequencies(options, options.sequenceLength ?? positions);
  const half = frequencies.length;
  const cos = new Float32Array(positions * half);
  const sin = new Float32Array(positions * half);
  for (let position = 0; position < positions; position++) {
    for (let i = 0; i < half; i++) {
      const angle = position * (frequencies[i] as number);
      cos[position * half + i] = attentionFactor * Math.cos(angle);
      sin[position * half + i] = attentionFactor * Math.sin(angle);
    }
  }
  return { cos, sin };
}
