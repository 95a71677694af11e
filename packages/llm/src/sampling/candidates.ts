import { exponential, negligible } from './exponential.js';
import { largest } from './largest.js';

/**
 * The tokens that one may be drawn from, which each filter shortens in place. There is one set of buffers for all samplers
 * of a thread: a draw is synchronous, so nobody else needs them meanwhile.
 */
export class Candidates {
  count = 0;
  /** In id order at first. Equally probable ones stay in id order whatever a filter does. */
  tokens = new Int32Array(0);
  logits = new Float32Array(0);
  /** Probabilities relative to the most probable token of the row, in (0, 1]: exp((logit − largest) / T). */
  weights = new Float64Array(0);
  /** Room for a filter's numbers, one for each candidate. */
  keys = new Float32Array(0);
  isSorted = false;
  #total: number | undefined;
  #spare = { tokens: this.tokens, logits: this.logits, weights: this.weights };

  /**
   * Takes the tokens of a row: the `topK` largest, or all, without those of no weight.
   *
   * @param logits float32 [vocabulary]; −∞ where a token is ruled out. @param best the largest of them.
   */
  take(logits: Float32Array, best: number, temperature: number, topK = Number.POSITIVE_INFINITY): void {
    if (this.tokens.length < logits.length) this.#grow(logits.length);
    // −∞ stays below the floor at any temperature.
    const floor = Math.max(best - negligible * temperature, -Number.MAX_VALUE);
    if (topK < logits.length) this.#takeLargest(logits, topK, floor, best, temperature);
    else this.#takeAll(logits, floor, best, temperature);
    this.isSorted = false;
  }

  /** Sum of the weights. */
  total(): number {
    if (this.#total === undefined) {
      const { weights, count } = this;
      let sum = 0;
      for (let i = 0; i < count; i++) sum += weights[i] as number;
      this.#total = sum;
    }
    return this.#total;
  }

  /** Keeps the first ones. */
  truncate(count: number): void {
    this.count = count;
    this.#total = undefined;
  }

  /** Keeps those at or above a weight. */
  keepFrom(least: number): void {
    const { tokens, logits, weights, count } = this;
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const weight = weights[i] as number;
      if (weight < least) continue;
      tokens[kept] = tokens[i] as number;
      logits[kept] = logits[i] as number;
      weights[kept++] = weight;
    }
    this.truncate(kept);
  }

  /** Brings them into the order of their positions in `order`. The arrays are others afterwards: read them anew. */
  reorder(order: Int32Array): void {
    const { tokens, logits, weights, count } = this;
    const spare = this.#spare;
    for (let i = 0; i < count; i++) {
      const from = order[i] as number;
      spare.tokens[i] = tokens[from] as number;
      spare.logits[i] = logits[from] as number;
      spare.weights[i] = weights[from] as number;
    }
    this.tokens = spare.tokens;
    this.logits = spare.logits;
    this.weights = spare.weights;
    this.#spare = { tokens, logits, weights };
  }

  #takeAll(row: Float32Array, floor: number, best: number, temperature: number): void {
    const { tokens, logits, weights } = this;
    let count = 0;
    let sum = 0;
    for (let token = 0; token < row.length; token++) {
      const logit = row[token] as number;
      if (!(logit >= floor)) continue;
      tokens[count] = token;
      logits[count] = logit;
      const weight = exponential((logit - best) / temperature);
      weights[count++] = weight;
      sum += weight;
    }
    this.count = count;
    this.#total = sum;
  }

  #takeLargest(row: Float32Array, k: number, floor: number, best: number, temperature: number): void {
    const { tokens, logits, weights } = this;
    this.truncate(largest(row, k, floor, tokens));
    for (let i = 0; i < this.count; i++) {
      const logit = row[tokens[i] as number] as number;
      logits[i] = logit;
      weights[i] = exponential((logit - best) / temperature);
    }
  }

  #grow(length: number): void {
    this.tokens = new Int32Array(length);
    this.logits = new Float32Array(length);
    this.weights = new Float64Array(length);
    this.keys = new Float32Array(length);
    this.#spare = {
      tokens: new Int32Array(length),
      logits: new Float32Array(length),
      weights: new Float64Array(length),
    };
  }
}
