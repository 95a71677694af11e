/** Counts the blocks of tokens that keys and values may fill, and who has reserved how many. */
export class BlockBudget<Owner> {
  readonly #reserved = new Map<Owner, number>();
  #used = 0;

  constructor(
    readonly blockSize: number,
    readonly total: number,
  ) {}

  get used(): number {
    return this.#used;
  }

  get free(): number {
    return this.total - this.#used;
  }

  reservedBy(owner: Owner): number {
    return this.#reserved.get(owner) ?? 0;
  }

  /** Makes sure that the owner has room for so many tokens. @returns false, and nothing changed, when there is not enough. */
  reserve(owner: Owner, tokens: number): boolean {
    const more = this.blocksOf(tokens) - this.reservedBy(owner);
    if (more <= 0) return true;
    if (more > this.free) return false;
    this.#reserved.set(owner, this.reservedBy(owner) + more);
    this.#used += more;
    return true;
  }

  /** Tokens that the owner could have room for. */
  reach(owner: Owner): number {
    return (this.reservedBy(owner) + this.free) * this.blockSize;
  }

  release(owner: Owner): void {
    this.#used -= this.reservedBy(owner);
    this.#reserved.delete(owner);
  }

  blocksOf(tokens: number): number {
    return Math.ceil(tokens / this.blockSize);
  }
}
