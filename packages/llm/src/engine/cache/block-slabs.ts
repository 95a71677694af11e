import type { KvArray } from './kv-cache.js';

/** Memory for several blocks, which may then be copied in one piece. */
export interface Slab {
  readonly data: KvArray;
  readonly blocks: number;
}

export interface SlabPlace {
  readonly slab: Slab;
  /** Which of its blocks. */
  readonly block: number;
}

export interface BlockSlabsOptions {
  readonly blockSize: number;
  readonly blockBytes: number;
  readonly maxBytes: number;
  readonly allocate: (tokens: number) => KvArray;
}

/**
 * Of a slab at most. Large ones are few: each time an array is made the garbage collector looks whether it should run, on
 * threads that the model's runs need. The operating system commits their pages as they are written.
 */
const slabBytes = 512 * 1024 * 1024;

/** Hands out places for blocks, those that follow one another in memory one after the other. */
export class BlockSlabs {
  maxBytes: number;
  readonly #used = new Map<Slab, number>();
  /** The next place to give out is the last. */
  #free: SlabPlace[] = [];

  constructor(private readonly options: BlockSlabsOptions) {
    this.maxBytes = options.maxBytes;
  }

  get bytes(): number {
    let blocks = 0;
    for (const slab of this.#used.keys()) blocks += slab.blocks;
    return blocks * this.options.blockBytes;
  }

  /** @returns undefined when neither the budget nor the machine has memory for one more. */
  take(): SlabPlace | undefined {
    if (this.#free.length === 0) this.#grow();
    const place = this.#free.pop();
    if (place) this.#used.set(place.slab, (this.#used.get(place.slab) ?? 0) + 1);
    return place;
  }

  giveBack(place: SlabPlace): void {
    this.#used.set(place.slab, (this.#used.get(place.slab) ?? 1) - 1);
    this.#free.push(place);
  }

  /** Lets go of slabs that hold no block. */
  dropUnused(): void {
    for (const [slab, used] of this.#used) if (used === 0) this.#used.delete(slab);
    this.#free = this.#free.filter(({ slab }) => this.#used.has(slab));
  }

  clear(): void {
    this.#used.clear();
    this.#free = [];
  }

  #grow(): void {
    const { blockSize, blockBytes, allocate } = this.options;
    const blocks = Math.floor(Math.min(Math.max(slabBytes, blockBytes), this.maxBytes - this.bytes) / blockBytes);
    if (blocks < 1) return;
    let data: KvArray;
    try {
      data = allocate(blocks * blockSize);
    } catch (error) {
      // The budget is more than the machine has: then what there is must do.
      if (error instanceof RangeError) return;
      throw error;
    }
    const slab = { data, blocks };
    this.#used.set(slab, 0);
    for (let block = blocks - 1; block >= 0; block--) this.#free.push({ slab, block });
  }
}
