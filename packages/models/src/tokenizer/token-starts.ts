/**
 * All beginnings of a vocabulary's tokens, as a set that says yes a bit too often (Bloom 1970, "Space/time trade-offs in hash
 * coding with allowable errors"): a bit for each hash, 10 bytes a token.
 */
export class TokenStarts {
  readonly #bits: Uint32Array;
  readonly #shift: number;
  /** By length, what the hash of a beginning is multiplied with when so many bytes are added. */
  readonly #powers: Int32Array;

  /**
   * @param tokens their bytes
   * @param count how many there are, about
   */
  constructor(tokens: Iterable<Uint8Array>, count: number) {
    const bits = Math.min(31, Math.max(10, Math.ceil(Math.log2(count * bitsPerToken))));
    this.#bits = new Uint32Array(2 ** (bits - 5));
    this.#shift = 32 - bits;
    let longest = 0;
    for (const token of tokens) {
      longest = Math.max(longest, token.length);
      this.#add(token);
    }
    this.#powers = new Int32Array(longest + 1).fill(1);
    for (let length = 1; length <= longest; length++) {
      this.#powers[length] = Math.imul(this.#powers[length - 1] ?? 0, multiplier);
    }
  }

  /**
   * The fewest tokens or beginnings of some that cover a text when they may overlap, which takes none more than the tokens of
   * the text do. Every single byte counts as one. O(n) for n bytes, but for those that begin a token in vain.
   * @param limit counting stops at one more
   */
  fewest(text: Uint8Array, limit: number): number {
    // Of everything before a place; the hash of a slice is the difference of two of them.
    const hashes = new Int32Array(text.length + 1);
    let hashed = 0;
    let count = 0;
    /** Where the last token counted ends at most, and where one more would. */
    let end = 0;
    let reach = 0;
    for (let at = 0; at < text.length; at++) {
      // A token from here matters only if it ends further on than all from before.
      for (let stop = Math.max(reach, at) + 1; stop <= text.length; stop++) {
        for (; hashed < stop; hashed++) hashes[hashed + 1] = extend(hashes[hashed] ?? 0, text[hashed] ?? 0);
        if (stop > at + 1 && !this.#isStart(hashes, at, stop)) break;
        reach = stop;
      }
      if (at < end) continue;
      count += 1;
      if (count > limit) return count;
      end = reach;
    }
    return count;
  }

  #add(token: Uint8Array): void {
    const bits = this.#bits;
    let hash = 0;
    for (let at = 0; at < token.length; at++) {
      hash = extend(hash, token[at] ?? 0);
      const bit = this.#bitOf(hash);
      bits[bit >>> 5] = (bits[bit >>> 5] ?? 0) | (1 << (bit & 31));
    }
  }

  #isStart(hashes: Int32Array, from: number, to: number): boolean {
    const power = this.#powers[to - from];
    if (power === undefined) return false;
    const bit = this.#bitOf(((hashes[to] ?? 0) - Math.imul(hashes[from] ?? 0, power)) | 0);
    return ((this.#bits[bit >>> 5] ?? 0) & (1 << (bit & 31))) !== 0;
  }

  #bitOf(hash: number): number {
    return Math.imul(hash ^ (hash >>> 15), 0x85ebca6b) >>> this.#shift;
  }
}

const bitsPerToken = 80;
const multiplier = 0x01000193;

function extend(hash: number, byte: number): number {
  return (Math.imul(hash, multiplier) + byte + 1) | 0;
}
