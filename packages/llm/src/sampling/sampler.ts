import { FerrumError } from '@ferrum/registry/errors';
import { Random } from './random.js';

export interface SamplerOptions {
  /** 0 is greedy. */
  readonly temperature: number;
  readonly topK?: number;
  /** (0, 1]. */
  readonly topP: number;
  readonly seed: number;
}

/**
 * Chooses the next token from a row of logits: temperature, then top-k, then top-p (Holtzman et al. 2019) over what
 * top-k left, then one draw. Ties go to the lower token id.
 */
export class Sampler {
  readonly #random: Random;

  constructor(private readonly options: SamplerOptions) {
    this.#random = new Random(options.seed);
  }

  /** @param logits float32 [vocabulary], left as they are. @throws FerrumError `Backend` when they hold no finite value. */
  sample(logits: Float32Array): number {
    const { temperature, topK, topP } = this.options;
    const best = argmax(logits);
    if (temperature === 0 || topK === 1) return best;
    const largest = logits[best] as number;
    const floor = largest - negligible * temperature;
    const tokens = topK !== undefined && topK < logits.length ? largestK(logits, topK, floor) : atLeast(logits, floor);
    const weights = Float64Array.from(tokens, (token) => Math.exp(((logits[token] as number) - largest) / temperature));
    return draw(topP < 1 ? nucleus({ tokens, weights }, topP) : { tokens, weights }, this.#random);
  }
}

/** Index of the largest value, the first among equals; NaN is never it. */
export function argmax(values: Float32Array): number {
  let best = -1;
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value > largest) {
      largest = value;
      best = i;
    }
  }
  if (best < 0) {
    throw new FerrumError(
      'Backend',
      'The model gave no finite logit; its weights are damaged or overflow in this precision.',
    );
  }
  return best;
}

/** Tokens with their unnormalised probabilities exp((logit − max) / T), in (0, 1]. */
interface Candidates {
  readonly tokens: Int32Array;
  readonly weights: Float64Array;
}

/** e^−40 of the best is below what a double's sum over any vocabulary can show: such tokens are never exponentiated. */
const negligible = 40;

function atLeast(logits: Float32Array, floor: number): Int32Array {
  const tokens = new Int32Array(logits.length);
  let count = 0;
  for (let token = 0; token < logits.length; token++) {
    if ((logits[token] as number) >= floor) tokens[count++] = token;
  }
  return tokens.slice(0, count);
}

/** The k tokens with the largest logits, in id order, by a min-heap of k. */
function largestK(logits: Float32Array, k: number, floor: number): Int32Array {
  const heap = new Int32Array(k);
  let size = 0;
  // True when token a ranks below token b.
  const below = (a: number, b: number): boolean => {
    const [x, y] = [logits[a] as number, logits[b] as number];
    return x < y || (x === y && a > b);
  };
  for (let token = 0; token < logits.length; token++) {
    if (!((logits[token] as number) >= floor)) continue;
    if (size < k) {
      let at = size++;
      for (; at > 0 && below(token, heap[(at - 1) >> 1] as number); at = (at - 1) >> 1)
        heap[at] = heap[(at - 1) >> 1] as number;
      heap[at] = token;
    } else if (below(heap[0] as number, token)) {
      let at = 0;
      for (let child = 1; child < k; child = 2 * at + 1) {
        if (child + 1 < k && below(heap[child + 1] as number, heap[child] as number)) child += 1;
        if (!below(heap[child] as number, token)) break;
        heap[at] = heap[child] as number;
        at = child;
      }
      heap[at] = token;
    }
  }
  return heap.slice(0, size).sort();
}

/** The smallest set of the most probable tokens whose share reaches topP, most probable first. */
function nucleus({ tokens, weights }: Candidates, topP: number): Candidates {
  let total = 0;
  for (const weight of weights) total += weight;
  // Tokens at or under this weight have at most 1 − topP of the mass together, so the rest reaches topP without them.
  const least = ((1 - topP) * total) / weights.length;
  const order: number[] = [];
  for (let i = 0; i < weights.length; i++) if ((weights[i] as number) >= least) order.push(i);
  order.sort((a, b) => (weights[b] as number) - (weights[a] as number) || a - b);
  let kept = 0;
  for (let sum = 0; kept < order.length && sum < topP * total; kept++) sum += weights[order[kept] as number] as number;
  const chosen = order.slice(0, kept);
  return {
    tokens: Int32Array.from(chosen, (i) => tokens[i] as number),
    weights: Float64Array.from(chosen, (i) => weights[i] as number),
  };
}

function draw({ tokens, weights }: Candidates, random: Random): number {
  let total = 0;
  for (const weight of weights) total += weight;
  let left = random.next() * total;
  for (let i = 0; i < tokens.length - 1; i++) {
    left -= weights[i] as number;
    if (left < 0) return tokens[i] as number;
  }
  return tokens[tokens.length - 1] as number;
}
