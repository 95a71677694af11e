import type { Vocabulary } from './definition.js';

/** An array, or the reader's own list, which decodes a string each time it is asked for. */
export interface Strings extends Iterable<string> {
  readonly length: number;
  at(index: number): string | undefined;
}

/**
 * A vocabulary over a list of texts by id, found through a hash table of ids. Beside the list it takes a dozen bytes a
 * token; a `Map` takes ten times that, half of it in strings, and makes V8 enlarge its heap for good.
 */
export class ListVocabulary implements Vocabulary {
  readonly #texts: Strings;
  /** Of each text, by id. */
  readonly #hashes: Uint32Array;
  /** Id + 1, at the hash of its text or in the next free place; 0 is free. At most half full. */
  readonly #slots: Uint32Array;

  /** @param onDuplicate called with the two ids of a text that is listed twice; must throw */
  constructor(texts: Strings, onDuplicate: (id: number, other: number) => never) {
    this.#texts = texts;
    this.#hashes = new Uint32Array(texts.length);
    this.#slots = new Uint32Array(2 ** Math.ceil(Math.log2(texts.length * 2 + 1)));
    let id = 0;
    for (const text of texts) {
      const hash = hashOf(text);
      const slot = this.#find(text, hash);
      const other = this.#slots[slot];
      if (other) onDuplicate(id, other - 1);
      this.#hashes[id] = hash;
      id += 1;
      this.#slots[slot] = id;
    }
  }

  get size(): number {
    return this.#texts.length;
  }

  get(text: string): number | undefined {
    const found = this.#slots[this.#find(text, hashOf(text))];
    return found ? found - 1 : undefined;
  }

  has(text: string): boolean {
    return this.get(text) !== undefined;
  }

  text(id: number): string | undefined {
    return Number.isInteger(id) && id >= 0 ? this.#texts.at(id) : undefined;
  }

  /** Where the text is, or else would be. */
  #find(text: string, hash: number): number {
    const last = this.#slots.length - 1;
    for (let slot = hash & last; ; slot = (slot + 1) & last) {
      const id = (this.#slots[slot] ?? 0) - 1;
      if (id < 0 || (this.#hashes[id] === hash && this.#texts.at(id) === text)) return slot;
    }
  }
}

/** Differs from process to process, so that no file can be made whose tokens all collide. */
const seed = Math.floor(Math.random() * 2 ** 32);

/** FNV-1a over UTF-16 units, then the finaliser of MurmurHash3, as a table looks at the low bits only. */
function hashOf(text: string): number {
  let hash = seed;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
