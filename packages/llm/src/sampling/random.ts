/** Numbers in [0, 1) from a seed: xoshiro128++ (Blackman & Vigna 2019), its state filled by splitmix32. */
export class Random {
  readonly #state: Uint32Array;

  /** @param seed a non-negative safe integer; all 53 bits count. */
  constructor(seed: number) {
    const low = seed >>> 0;
    const high = Math.floor(seed / 2 ** 32) >>> 0;
    const state = new Uint32Array(4);
    for (let i = 0; i < 4; i++) state[i] = splitmix32((i < 2 ? low : high) + Math.imul(i + 1, 0x9e3779b9));
    // The generator never leaves the all-zero state.
    if (state.every((word) => word === 0)) state[0] = 1;
    this.#state = state;
  }

  /** Uniform in [0, 1) with 53 random bits. */
  next(): number {
    return (this.#word() * 2 ** 21 + (this.#word() >>> 11)) * 2 ** -53;
  }

  /** Four words, of which `restore` makes the same generator. */
  state(): readonly number[] {
    return [...this.#state];
  }

  /** @returns whether the state is one. */
  restore(state: readonly unknown[]): boolean {
    const isState = state.length === 4 && state.every((word) => Number.isInteger(word) && word === Number(word) >>> 0);
    if (!isState || state.every((word) => word === 0)) return false;
    this.#state.set(state.map(Number));
    return true;
  }

  #word(): number {
    const s = this.#state;
    const [a, b, c, d] = [s[0] as number, s[1] as number, s[2] as number, s[3] as number];
    const result = (rotateLeft((a + d) >>> 0, 7) + a) >>> 0;
    s[2] = c ^ a;
    s[3] = d ^ b;
    s[1] = b ^ (s[2] as number);
    s[0] = a ^ (s[3] as number);
    s[2] = (s[2] as number) ^ (b << 9);
    s[3] = rotateLeft(s[3] as number, 11);
    return result;
  }
}

function rotateLeft(word: number, bits: number): number {
  return ((word << bits) | (word >>> (32 - bits))) >>> 0;
}

function splitmix32(input: number): number {
  let z = input >>> 0;
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return (z ^ (z >>> 16)) >>> 0;
}
