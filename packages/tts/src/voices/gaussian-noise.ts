/**
 * Standard normal values, the same for the same seed on every machine: xoshiro128** (Blackman and Vigna, 2021), seeded through
 * splitmix32, and Marsaglia's polar method (1964).
 */
export class GaussianNoise {
  readonly #state: Uint32Array;
  #spare: number | undefined;

  /** @param seed an integer from 0 to 2^53 − 1 */
  constructor(seed: number) {
    let a = (seed >>> 0) ^ Math.imul(Math.floor(seed / 2 ** 32), 0x9e3779b1);
    this.#state = Uint32Array.from({ length: 4 }, () => {
      a = (a + 0x9e3779b9) | 0;
      let t = Math.imul(a ^ (a >>> 16), 0x21f0aaad);
      t = Math.imul(t ^ (t >>> 15), 0x735a2d97);
      return t ^ (t >>> 15);
    });
  }

  fill(target: Float32Array): Float32Array {
    for (let index = 0; index < target.length; index += 1) target[index] = this.#next();
    return target;
  }

  #next(): number {
    if (this.#spare !== undefined) {
      const value = this.#spare;
      this.#spare = undefined;
      return value;
    }
    for (;;) {
      const x = this.#uniform();
      const y = this.#uniform();
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const factor = Math.sqrt((-2 * Math.log(square)) / square);
      this.#spare = y * factor;
      return x * factor;
    }
  }

  /** From −1 to 1. */
  #uniform(): number {
    const s = this.#state;
    const s1 = s[1] as number;
    const product = Math.imul(s1, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9);
    s[2] = (s[2] as number) ^ (s[0] as number);
    s[3] = (s[3] as number) ^ s1;
    s[1] = s1 ^ (s[2] as number);
    s[0] = (s[0] as number) ^ (s[3] as number);
    s[2] = (s[2] as number) ^ (s1 << 9);
    const s3 = s[3] as number;
    s[3] = (s3 << 11) | (s3 >>> 21);
    return (result >> 0) / 2 ** 31;
  }
}

/** A seed for the n-th stretch of speech that a seed is for: another for each stretch and each seed. */
export function derivedSeed(seed: number, index: number): number {
  return Number((BigInt(seed) + BigInt(index) * 0x9e3779b97f4an) % 2n ** 53n);
}
