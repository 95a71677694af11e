import type { Merges, Vocabulary } from './definition.js';
import { LowestFirst } from './lowest-first.js';

/**
 * Cuts words into tokens by byte-pair encoding: of all neighbours that may merge, the pair of the lowest rank does, of equal
 * ranks the leftmost, until none is left (Sennrich et al. 2016, arXiv:1508.07909). It takes O(n log n) for a word of n
 * characters: a million letters without a space are one word.
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
    if (word === '') return [];
    const text = word + this.#endOfWord;
    const work = text.length <= smallWord ? this.#small : new Workspace(text.length);
    this.#readCharacters(work, text);
    this.#merge(work, text);
    const tokens: string[] = [];
    for (let at = 0; at < text.length; ) {
      const end = work.ends[at] ?? text.length;
      tokens.push(text.slice(at, end));
      at = end;
    }
    return tokens;
  }

  #readCharacters({ symbols, ends, previous }: Workspace, text: string): void {
    const last = text.length - this.#endOfWord.length;
    let before = -1;
    for (let at = 0; at < last; ) {
      const code = text.codePointAt(at) ?? 0;
      let end = at + (code > 0xffff ? 2 : 1);
      const endsWord = end === last && last < text.length;
      if (endsWord) end = text.length;
      symbols[at] = endsWord ? this.#lookUp(text.slice(at), -1 - code - codePoints) : this.#symbolOf(code);
      ends[at] = end;
      previous[at] = before;
      before = at;
      at = end;
    }
  }

  #symbolOf(code: number): number {
    const known = this.#characters[code];
    if (known !== undefined && known !== unset) return known;
    const symbol = this.#lookUp(String.fromCodePoint(code), -1 - code);
    if (known === unset) this.#characters[code] = symbol;
    return symbol;
  }

  /** The symbol of a token is its id; that of any other character is below 0. */
  #lookUp(character: string, otherwise: number): number {
    return this.#vocabulary.get(character) ?? otherwise;
  }

  #merge(work: Workspace, text: string): void {
    const { symbols, ends, previous, ranks, queue } = work;
    queue.clear();
    for (let at = 0; at < text.length; at = ends[at] ?? text.length) {
      const key = this.#rankPair(work, at, text);
      if (key >= 0) queue.append(key);
    }
    queue.sort();
    for (let key = queue.pop(); key < Infinity; key = queue.pop()) {
      const rank = Math.floor(key / places);
      const at = key - rank * places;
      // Else one of the two has merged with another neighbour since.
      if (ranks[at] !== rank) continue;
      const right = ends[at] ?? text.length;
      const end = ends[right] ?? text.length;
      symbols[at] = this.#pairs[this.#findPair(work, at, text) + 3] ?? unset;
      ranks[right] = -1;
      ends[at] = end;
      if (end < text.length) previous[end] = at;
      const keyAfter = this.#rankPair(work, at, text);
      if (keyAfter >= 0) queue.push(keyAfter);
      const before = previous[at] ?? -1;
      const keyBefore = before < 0 ? -1 : this.#rankPair(work, before, text);
      if (keyBefore >= 0) queue.push(keyBefore);
    }
  }

  /** Notes the rank of a symbol with the next one. Returns what orders pairs by rank and place, or -1 if they never merge. */
  #rankPair(work: Workspace, at: number, text: string): number {
    const isLast = (work.ends[at] ?? text.length) === text.length;
    const rank = isLast ? -1 : (this.#pairs[this.#findPair(work, at, text) + 2] ?? -1);
    work.ranks[at] = rank;
    return rank < 0 ? -1 : rank * places + at;
  }

  /** Where in `#pairs` a symbol is with the next one. */
  #findPair({ symbols, ends }: Workspace, at: number, text: string): number {
    const pairs = this.#pairs;
    const middle = ends[at] ?? 0;
    const [left, right] = [symbols[at] ?? unset, symbols[middle] ?? unset];
    const hash = Math.imul(Math.imul(left, 0x9e3779b1) ^ right, 0x85ebca6b);
    const place = (hash >>> (32 - pairBits)) << 2;
    if (pairs[place] === left && pairs[place + 1] === right) return place;
    const union = this.#vocabulary.get(text.slice(at, ends[middle]));
    const rank = union === undefined ? undefined : this.#merges.rank(union, middle - at);
    pairs[place] = left;
    pairs[place + 1] = right;
    pairs[place + 2] = rank ?? -1;
    pairs[place + 3] = union ?? unset;
    return place;
  }
}

/** A word's symbols, each where its text begins, counted in UTF-16 units. */
class Workspace {
  readonly symbols: Int32Array;
  /** Where the next symbol begins. */
  readonly ends: Int32Array;
  /** Where the symbol before begins; -1 for the first. */
  readonly previous: Int32Array;
  /** Of a symbol and the next one; -1 when they do not merge, or the symbol is gone. */
  readonly ranks: Int32Array;
  readonly queue: LowestFirst;

  constructor(length: number) {
    this.symbols = new Int32Array(length);
    this.ends = new Int32Array(length);
    this.previous = new Int32Array(length);
    this.ranks = new Int32Array(length);
    // Each merge puts two pairs in at most, and there are fewer merges than symbols.
    this.queue = new LowestFirst(length, length * 2);
  }
}

/** Longer words are rare, and get a workspace of their own. */
const smallWord = 256;
const pairBits = 16;
/** More than a string can have characters. */
const places = 2 ** 29;
const codePoints = 0x110000;
/** No symbol. */
const unset = -(2 ** 31);
