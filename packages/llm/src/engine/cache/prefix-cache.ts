import { createHash } from 'node:crypto';
import { BlockSlabs, type SlabPlace } from './block-slabs.js';
import type { KvArray, KvPlace } from './kv-cache.js';

export interface PrefixCacheOptions {
  /** Tokens of a block. */
  readonly blockSize: number;
  /** Bytes of a block's keys and values. */
  readonly blockBytes: number;
  /** Memory that blocks may take. */
  readonly maxBytes: number;
  /** Makes an array for so many tokens. */
  readonly allocate: (tokens: number) => KvArray;
}

/** Tokens of a sequence whose keys and values lie side by side. */
export interface CachedRun {
  readonly data: KvArray;
  readonly place: KvPlace;
  /** First token of the sequence, and how many. */
  readonly from: number;
  readonly tokens: number;
}

/** What tokens alone do not tell: pieces of images. */
export interface CachedImage {
  /** Of the tokens, ascending. */
  readonly positions: readonly number[];
  /** Tells it from all other images. */
  readonly digest: string;
}

/**
 * Keys and values of blocks of tokens, found by a hash over the block and all before it, as vLLM's automatic prefix caching
 * does it. The least recently used block goes first; a block is used whenever one after it is, so that the ends of prefixes
 * go before their beginnings.
 */
export class PrefixCache {
  /** By hash, least recently used first. */
  readonly #blocks = new Map<string, SlabPlace>();
  readonly #slabs: BlockSlabs;
  hits = 0;
  misses = 0;
  evictions = 0;
  savedPrefillTokens = 0;

  constructor(private readonly options: PrefixCacheOptions) {
    this.#slabs = new BlockSlabs(options);
  }

  get blockSize(): number {
    return this.options.blockSize;
  }

  get entries(): number {
    return this.#blocks.size;
  }

  /** Of the blocks that are here. */
  get bytes(): number {
    return this.#blocks.size * this.options.blockBytes;
  }

  get enabled(): boolean {
    return this.#slabs.maxBytes >= this.options.blockBytes;
  }

  /** A budget that is smaller than what is set aside lets go of whole slabs, until the rest fits. */
  set maxBytes(bytes: number) {
    this.#slabs.maxBytes = bytes;
    for (this.#slabs.dropUnused(); this.#slabs.bytes > bytes; this.#slabs.dropUnused()) this.#evict();
  }

  /**
   * The longest run of blocks that a sequence of tokens begins with and that are here. The last token is never among them,
   * as the next one follows from its computation, nor the one before it: see `chunkOf` of the scheduler.
   * @param isFirstLook whether it counts as a hit or a miss; a request that comes back after a preemption does not
   */
  match(
    tokens: readonly number[],
    salt: string,
    {
      isFirstLook = true,
      images = [],
    }: { readonly isFirstLook?: boolean; readonly images?: readonly CachedImage[] } = {},
  ): readonly CachedRun[] {
    if (!this.enabled) return [];
    const found: (readonly [index: number, place: SlabPlace])[] = [];
    const hashes: string[] = [];
    for (const hash of this.#hashes(tokens, salt, tokens.length - 2, images)) {
      const place = this.#blocks.get(hash);
      if (!place) break;
      found.push([found.length, place]);
      hashes.push(hash);
    }
    this.#touch(hashes);
    if (isFirstLook) {
      if (found.length > 0) this.hits += 1;
      else this.misses += 1;
      this.savedPrefillTokens += found.length * this.blockSize;
    }
    return this.#runsOf(found);
  }

  /**
   * Keeps the whole blocks among the first `length` tokens that are not here yet.
   * @param read copies the keys and values of a run's tokens to its place
   */
  async store(
    tokens: readonly number[],
    length: number,
    salt: string,
    read: (run: CachedRun) => Promise<void>,
    images: readonly CachedImage[] = [],
  ): Promise<void> {
    if (!this.enabled) return;
    const hashes = [...this.#hashes(tokens, salt, length, images)];
    const isKept = new Set(hashes);
    this.#touch(hashes.filter((hash) => this.#blocks.has(hash)));
    const added: (readonly [index: number, place: SlabPlace])[] = [];
    for (const [index, hash] of hashes.entries()) {
      if (this.#blocks.has(hash)) continue;
      const place = this.#room(isKept);
      // A prefix as long as the whole cache keeps its beginning.
      if (!place) break;
      added.push([index, place]);
    }
    for (const run of this.#runsOf(added)) await read(run);
    for (const [index, place] of added) this.#blocks.set(hashes[index] as string, place);
    this.#touch(hashes.filter((hash) => this.#blocks.has(hash)));
  }

  clear(): void {
    this.#blocks.clear();
    this.#slabs.clear();
  }

  /** A place for one more block; undefined when only blocks that are to be kept could make way. */
  #room(isKept: ReadonlySet<string>): SlabPlace | undefined {
    const place = this.#slabs.take();
    if (place) return place;
    const [oldest] = this.#blocks.keys();
    if (oldest === undefined || isKept.has(oldest)) return undefined;
    this.#evict();
    return this.#slabs.take();
  }

  #evict(): void {
    const [oldest] = this.#blocks;
    if (!oldest) return;
    const [hash, place] = oldest;
    this.#blocks.delete(hash);
    this.#slabs.giveBack(place);
    this.evictions += 1;
  }

  /** Marks blocks as just used, the first of them most recently. */
  #touch(hashes: readonly string[]): void {
    for (let i = hashes.length - 1; i >= 0; i--) {
      const hash = hashes[i] as string;
      const place = this.#blocks.get(hash) as SlabPlace;
      this.#blocks.delete(hash);
      this.#blocks.set(hash, place);
    }
  }

  /** Joins blocks that follow one another both in the sequence and in memory. */
  #runsOf(blocks: readonly (readonly [index: number, place: SlabPlace])[]): CachedRun[] {
    const { blockSize } = this;
    const runs: CachedRun[] = [];
    let next: { readonly index: number; readonly place: SlabPlace } | undefined;
    for (const [index, place] of blocks) {
      const last = runs.at(-1);
      if (last && next?.index === index && next.place.slab === place.slab && next.place.block === place.block) {
        runs[runs.length - 1] = { ...last, tokens: last.tokens + blockSize };
      } else {
        const { data, blocks: capacity } = place.slab;
        const kvPlace = { capacity: capacity * blockSize, token: place.block * blockSize };
        runs.push({ data, place: kvPlace, from: index * blockSize, tokens: blockSize });
      }
      next = { index: index + 1, place: { slab: place.slab, block: place.block + 1 } };
    }
    return runs;
  }

  /** One hash per whole block among the first `length` tokens, each over the one before it and the images that are in it. */
  *#hashes(tokens: readonly number[], salt: string, length: number, images: readonly CachedImage[]): Iterable<string> {
    let parent = createHash('sha256').update(salt).digest();
    for (let end = this.blockSize; end <= length; end += this.blockSize) {
      const block = Int32Array.from(tokens.slice(end - this.blockSize, end));
      const hash = createHash('sha256').update(parent).update(block);
      for (const { positions, digest } of images) {
        if ((positions[0] ?? end) < end && (positions.at(-1) ?? 0) >= end - this.blockSize) hash.update(digest);
      }
      parent = hash.digest();
      yield parent.toString('base64');
    }
  }
}
