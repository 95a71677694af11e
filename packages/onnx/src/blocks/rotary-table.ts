import { type RotaryOptions, rotaryFrequencies } from './rotary-frequencies.js';

/**
 * Cosines and sines of rotary position embeddings (Su et al. 2021), each float32 [positions, headDim / 2]:
 * angle(p, i) = p · θ^(−2i / headDim), the frequencies scaled as the model says, cosines and sines multiplied by the attention
 * factor that belongs to the scaling.
 *
 * With `dynamic` scaling positions past the original context have frequencies each of their own, as a sequence has them that
 * grows token by token while its keys stay in a cache (`generate` of transformers). transformers computes a prompt that is longer
 * at once by those of its last position.
 * @throws FerrumError `Model` as `rotaryFrequencies` does.
 */
export function rotaryTable(options: RotaryOptions, positions: number): { cos: Float32Array; sin: Float32Array } {
  const { scaling, sequenceLength } = options;
  const growsFrom =
    scaling?.type === 'dynamic' && sequenceLength === undefined ? scaling.originalContextLength : positions;
  let { frequencies, attentionFactor } = rotaryFrequencies(options, sequenceLength ?? Math.min(positions, growsFrom));
  const half = frequencies.length;
  const cos = new Float32Array(positions * half);
  const sin = new Float32Array(positions * half);
  for (let position = 0; position < positions; position++) {
    if (position >= growsFrom) ({ frequencies, attentionFactor } = rotaryFrequencies(options, position + 1));
    for (let i = 0; i < half; i++) {
      const angle = position * (frequencies[i] as number);
      cos[position * half + i] = attentionFactor * Math.cos(angle);
      sin[position * half + i] = attentionFactor * Math.sin(angle);
    }
  }
  return { cos, sin };
}
