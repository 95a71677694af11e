import { createHash } from 'node:crypto';
import type { KvArray } from './kv-cache.js';

export interface PrefixCacheOptions {
  /** Tokens of a block. */
  readonly blockSize: number;
  /** Bytes of a block's keys and values. */
  readonly blockBytes: number;
  /** Memory that blocks may take. */
  readonly maxBytes: number;
}

/** A block of tokens after a certain prefix, with its keys and values. */
export interface CachedBlock {
  readonly hash: string;
  readonly data: KvArray;
}

/**
 * Keys and values of blocks of tokens, found by a hash over the block and all before it, as vLLM's automatic prefix caching
 * does it. The least recently used block goes first; a block is used whenever one after it is, so that the ends of prefixes
 * go before their beginnings.
 */
export class PrefixCache {
  /** Least recently used first. */
  readonly #blocks = new Map<string, CachedBlock>();
  /** Of evicted blocks, to be filled again. */
  readonly #spare: KvArray[] = [];
  #maxBytes: number;
  hits = 0;
  misses = 0;
  evictions = 0;
  savedPrefillTokens = 0;

  constructor(private readonly options: PrefixCacheOptions) {
    this.#maxBytes = options.maxBytes;
  }

  get blockSize(): number {
    return this.options.blockSize;
  }

  get entries(): number {
    return this.#blocks.size;
  }

  /** Spare memory included. */
  get bytes(): number {
    return (this.#blocks.size + this.#spare.length) * this.options.blockBytes;
  }

  get enabled(): boolean {
    return this.#maxBytes >= this.options.blockBytes;
  }

  /** Evicts what a smaller budget has no room for. */
  set maxBytes(bytes: number) {
    this.#maxBytes = bytes;
    while (this.bytes > bytes && this.#spare.length > 0) this.#spare.pop();
    while (this.bytes > bytes && this.#blocks.size > 0) {
      this.#evict();
      this.#spare.pop();
    }
  }

  /**
   * The longest run of blocks that a sequence of tokens begins with and that are here. The last token is never among them,
   * as the next one follows from its computation, nor the one before it: see `chunkOf` of the scheduler.
   * @param isFirstLook whether it counts as a hit or a miss; a request that comes back after a preemption does not
   */
  match(tokens: readonly number[], salt: string, { isFirstLook = true } = {}): readonly CachedBlock[] {
    if (!this.enabled) return [];
    const found: CachedBlock[] = [];
    for (const hash of this.#hashes(tokens, salt, tokens.length - 2)) {
      const block = this.#blocks.get(hash);
      if (!block) break;
      found.push(block);
    }
    this.#touch(found.map(({ hash }) => hash));
    if (!isFirstLook) return found;
    if (found.length > 0) this.hits += 1;
    else this.misses += 1;
    this.savedPrefillTokens += found.length * this.blockSize;
    return found;
  }

  /**
   * Keeps the whole blocks among the first `length` tokens that are not here yet.
   * @param read copies the keys and values of tokens `from` … `from + blockSize` into `target`
   * @param allocate makes an array of a block's size
   */
  async store(
    tokens: readonly number[],
    length: number,
    salt: string,
    read: (from: number, target: KvArray) => Promise<void>,
    allocate: () => KvArray,
  ): Promise<void> {
    if (!this.enabled) return;
    const hashes = [...this.#hashes(tokens, salt, length)];
    this.#touch(hashes.filter((hash) => this.#blocks.has(hash)));
    const kept = new Set(hashes);
    for (const [index, hash] of hashes.entries()) {
      if (this.#blocks.has(hash)) continue;
      const data = this.#room(kept, allocate);
      // A prefix as long as the whole cache keeps its beginning.
      if (!data) break;
      await read(index * this.blockSize, data);
      this.#blocks.set(hash, { hash, data });
    }
    this.#touch(hashes.filter((hash) => this.#blocks.has(hash)));
  }

  clear(): void {
    this.#blocks.clear();
    this.#spare.length = 0;
  }

  /** Memory for one more block; undefined when only blocks in `kept` could make way. */
  #room(kept: ReadonlySet<string>, allocate: () => KvArray): KvArray | undefined {
    const spare = this.#spare.pop();
    if (spare) return spare;
    if (this.bytes + this.options.blockBytes <= this.#maxBytes) return allocate();
    const [oldest] = this.#blocks.keys();
    if (oldest === undefined || kept.has(oldest)) return undefined;
    this.#evict();
    return this.#spare.pop();
  }

  #evict(): void {
    const [oldest] = this.#blocks.values();
    if (!oldest) return;
    this.#blocks.delete(oldest.hash);
    this.#spare.push(oldest.data);
    this.evictions += 1;
  }

  /** Marks blocks as just used, the first of them most recently. */
  #touch(hashes: readonly string[]): void {
    for (let i = hashes.length - 1; i >= 0; i--) {
      const hash = hashes[i] as string;
      const block = this.#blocks.get(hash) as CachedBlock;
      this.#blocks.delete(hash);
      this.#blocks.set(hash, block);
    }
  }

  /** One hash per whole block among the first `length` tokens, each over the one before it. */
  *#hashes(tokens: readonly number[], salt: string, length: number): Iterable<string> {
    let parent = createHash('sha256').update(salt).digest();
    for (let end = this.blockSize; end <= length; end += this.blockSize) {
      const block = Int32Array.from(tokens.slice(end - this.blockSize, end));
      parent = createHash('sha256').update(parent).update(block).digest();
      yield parent.toString('base64');
    }
  }
}
