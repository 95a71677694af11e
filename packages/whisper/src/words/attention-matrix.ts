import { FerrumError } from '@ferrum/registry/errors';
import { medianFilter } from './median-filter.js';

/** Cross-attention of the alignment heads: the softmax over the frames that hold audio. */
export interface CrossAttention {
  /** `[heads, tokens, frames]`, row-major. */
  readonly weights: Float32Array;
  readonly heads: number;
  readonly tokens: number;
  /** Of 20 ms. */
  readonly frames: number;
}

/**
 * How strongly each token of the rows `[from, to)` looks at each frame, `[to − from, frames]`: weights less their mean over
 * all tokens, over their standard deviation, filtered along time, averaged over the heads; openai/whisper `timing.py`,
 * CTranslate2 `whisper.cc`. Yields after each row of work. Throws `Backend` when a weight is not finite.
 */
export function* attentionMatrix(attention: CrossAttention, from: number, to: number): Generator<void, Float32Array> {
  const { weights, heads, tokens, frames } = attention;
  const matrix = new Float32Array((to - from) * frames);
  const normalised = new Float32Array(frames);
  const filtered = new Float32Array(frames);
  const share = 1 / heads;
  for (let head = 0; head < heads; head++) {
    const row = (token: number) => {
      const start = (head * tokens + token) * frames;
      return weights.subarray(start, start + frames);
    };
    const { means, scales } = yield* statistics(row, tokens, frames);
    for (let token = from; token < to; token++) {
      normalise(row(token), means, scales, normalised);
      medianFilter(normalised, filtered);
      const start = (token - from) * frames;
      addScaled(filtered, share, matrix.subarray(start, start + frames));
      yield;
    }
  }
  return matrix;
}

/** Mean, and 1 over the standard deviation, of each frame over the tokens; 0 where all tokens look at it alike. */
function* statistics(row: (token: number) => Float32Array, tokens: number, frames: number) {
  const means = new Float64Array(frames);
  const scales = new Float64Array(frames);
  const share = 1 / tokens;
  for (let token = 0; token < tokens; token++) {
    addScaled64(row(token), share, means);
    yield;
  }
  for (let token = 0; token < tokens; token++) {
    addVariance(row(token), means, share, scales);
    yield;
  }
  for (const [frame, variance] of scales.entries()) {
    if (!Number.isFinite(variance)) {
      throw new FerrumError('Backend', `The cross-attention on frame ${frame} holds a value that is not finite.`);
    }
    scales[frame] = variance > 0 ? 1 / Math.sqrt(variance) : 0;
  }
  return { means, scales };
}

// One loop a function, each over arrays of one type: the engine then compiles them to plain loads and stores.

function normalise(values: Float32Array, means: Float64Array, scales: Float64Array, target: Float32Array): void {
  for (let frame = 0; frame < target.length; frame++) {
    target[frame] = ((values[frame] ?? 0) - (means[frame] ?? 0)) * (scales[frame] ?? 0);
  }
}

function addScaled(values: Float32Array, scale: number, sum: Float32Array): void {
  for (let frame = 0; frame < sum.length; frame++) sum[frame] = (sum[frame] ?? 0) + (values[frame] ?? 0) * scale;
}

function addScaled64(values: Float32Array, scale: number, sum: Float64Array): void {
  for (let frame = 0; frame < sum.length; frame++) sum[frame] = (sum[frame] ?? 0) + (values[frame] ?? 0) * scale;
}

function addVariance(values: Float32Array, means: Float64Array, scale: number, sum: Float64Array): void {
  for (let frame = 0; frame < sum.length; frame++) {
    const deviation = (values[frame] ?? 0) - (means[frame] ?? 0);
    sum[frame] = (sum[frame] ?? 0) + deviation * deviation * scale;
  }
}
