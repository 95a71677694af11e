import type { Merges, Vocabulary } from './definition.js';
import { LowestFirst } from './lowest-first.js';

/**
 * Cuts words into tokens by byte-pair encoding: of all neighbours that may merge, the pair of the lowest rank does, of equal
 * ranks the leftmost, until none is left (Sennrich et al. 2016, arXiv:1508.07909). It takes O(n log n) for a word of n
 * characters: a million letters without a space are one word.
 *
 * A symbol is a number: the id of a token or, below 0, a character that is none.
 */
export class BytePairMerger {
  readonly #vocabulary: Vocabulary;
  readonly #merges: Merges;
  readonly #endOfWord: string;
  /** Symbols of the first code points, all that byte-level BPE has; `unset` until looked up. */
  readonly #characters = new Int32Array(0x200).fill(unset);
  /**
   * The pairs met lately, each at the place that its hash says: left symbol, right symbol, rank or -1, symbol of both. Texts
   * repeat their pairs far more than their words.
   */
  readonly #pairs = new Int32Array(4 << pairBits).fill(unset);
  readonly #small = new Workspace(smallWord);

  /** @param endOfWord is added to the last character of each word */
  constructor(vocabulary: Vocabulary, merges: Merges, endOfWord = '') {
    this.#vocabulary = vocabulary;
    this.#merges = merges;
    this.#endOfWord = endOfWord;
  }

  /** The texts of the tokens; a character that is no token stays as it is. */
  split(word: string): string[] {
    const work = word.length <= smallWord ? this.#small : new Workspace(word.length);
    const count = this.#readSymbols(word, work);
    this.#merge(work, count);
    const texts: string[] = [];
    for (let at = 0; at < count; at = work.next[at] ?? count) texts.push(this.#text(work.symbols[at] ?? 0));
    return texts;
  }

  #readSymbols(word: string, { symbols }: Workspace): number {
    let count = 0;
    for (let at = 0; at < word.length; count++) {
      const code = word.codePointAt(at) ?? 0;
      at += code > 0xffff ? 2 : 1;
      symbols[count] = at === word.length && this.#endOfWord !== '' ? this.#lastSymbol(code) : this.#symbol(code);
    }
    return count;
  }

  #symbol(code: number): number {
    const known = this.#characters[code];
    if (known !== undefined && known !== unset) return known;
    const symbol = this.#vocabulary.get(String.fromCodePoint(code)) ?? -1 - code;
    if (known === unset) this.#characters[code] = symbol;
    return symbol;
  }

  #lastSymbol(code: number): number {
    return this.#vocabulary.get(String.fromCodePoint(code) + this.#endOfWord) ?? -1 - code - codePoints;
  }

  #text(symbol: number): string {
    if (symbol >= 0) return this.#vocabulary.text(symbol) ?? '';
    const code = -1 - symbol;
    return code < codePoints ? String.fromCodePoint(code) : String.fromCodePoint(code - codePoints) + this.#endOfWord;
  }

  /** Merges in place: the symbol of a token is where its first character was, and `next` leads to the following one. */
  #merge(work: Workspace, count: number): void {
    const { symbols, previous, next, queue } = work;
    queue.clear();
    for (let at = 0; at < count; at++) {
      previous[at] = at - 1;
      next[at] = at + 1;
      const key = this.#rankPair(work, at, count);
      if (key >= 0) queue.append(key);
    }
    queue.sort();
    for (let key = queue.pop(); key !== undefined; key = queue.pop()) {
      const rank = Math.floor(key / places);
      const at = key - rank * places;
      // Else one of the two has merged with another neighbour since.
      if (work.ranks[at] !== rank) continue;
      const right = next[at] ?? count;
      const after = next[right] ?? count;
      symbols[at] = this.#pairs[this.#findPair(symbols[at] ?? 0, symbols[right] ?? 0) + 3] ?? 0;
      work.ranks[right] = -1;
      next[at] = after;
      if (after < count) previous[after] = at;
      const keyAfter = this.#rankPair(work, at, count);
      if (keyAfter >= 0) queue.push(keyAfter);
      const before = previous[at] ?? -1;
      const keyBefore = before < 0 ? -1 : this.#rankPair(work, before, count);
      if (keyBefore >= 0) queue.push(keyBefore);
    }
  }

  /** Notes the rank of a symbol with the next one. Returns what orders pairs by rank and place, or -1 if they never merge. */
  #rankPair({ symbols, next, ranks }: Workspace, at: number, count: number): number {
    const right = next[at] ?? count;
    const pair = right < count ? this.#findPair(symbols[at] ?? 0, symbols[right] ?? 0) : -1;
    const rank = pair < 0 ? -1 : (this.#pairs[pair + 2] ?? -1);
    ranks[at] = rank;
    return rank < 0 ? -1 : rank * places + at;
  }

  /** Where the pair is in `#pairs`. */
  #findPair(left: number, right: number): number {
    const pairs = this.#pairs;
    const hash = Math.imul(Math.imul(left, 0x9e3779b1) ^ right, 0x85ebca6b);
    const place = (hash >>> (32 - pairBits)) << 2;
    if (pairs[place] === left && pairs[place + 1] === right) return place;
    const [leftText, rightText] = [this.#text(left), this.#text(right)];
    pairs[place] = left;
    pairs[place + 1] = right;
    pairs[place + 2] = this.#merges.rank(leftText, rightText) ?? -1;
    pairs[place + 3] = this.#vocabulary.get(leftText + rightText) ?? unset;
    return place;
  }
}

/** By place in the word, counted in characters. */
class Workspace {
  readonly symbols: Int32Array;
  readonly previous: Int32Array;
  readonly next: Int32Array;
  /** Of a symbol and the next one; -1 when they do not merge, or the symbol is gone. */
  readonly ranks: Int32Array;
  readonly queue: LowestFirst;

  constructor(characters: number) {
    this.symbols = new Int32Array(characters);
    this.previous = new Int32Array(characters);
    this.next = new Int32Array(characters);
    this.ranks = new Int32Array(characters);
    // A merge takes a pair out and puts two in at most, and there are fewer merges than characters.
    this.queue = new LowestFirst(characters, characters * 2);
  }
}

/** Longer words are rare, and get a workspace of their own. */
const smallWord = 256;
const pairBits = 14;
/** More than a string can have characters. */
const places = 2 ** 29;
const codePoints = 0x110000;
/** No symbol. */
const unset = -(2 ** 31);
