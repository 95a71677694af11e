/**
 * Numbers, of which the lowest comes out first. Those that are known from the start are sorted at once, which takes a
 * fraction of the time of a heap; only those that come later are in one.
 */
export class LowestFirst {
  readonly #first: Float64Array;
  #taken = 0;
  #known = 0;
  /** Each number is no lower than that at half its place, counted from 1. */
  readonly #heap: Float64Array;
  #size = 0;

  /**
   * @param known the most numbers that there are at the start
   * @param later the most that are held of later ones
   */
  constructor(known: number, later: number) {
    this.#first = new Float64Array(known);
    this.#heap = new Float64Array(later + 1);
  }

  /** Forgets all numbers. */
  clear(): void {
    this.#taken = 0;
    this.#known = 0;
    this.#size = 0;
  }

  /** Adds a number before the first one is taken; `sort` must follow. */
  append(value: number): void {
    this.#first[this.#known++] = value;
  }

  sort(): void {
    if (this.#known > 1) this.#first.subarray(0, this.#known).sort();
  }

  push(value: number): void {
    const heap = this.#heap;
    this.#size += 1;
    let place = this.#size;
    for (; place > 1; place >>>= 1) {
      const parent = heap[place >>> 1] ?? 0;
      if (parent <= value) break;
      heap[place] = parent;
    }
    heap[place] = value;
  }

  /** Takes the lowest number out; undefined when there is none. */
  pop(): number | undefined {
    const first = this.#taken < this.#known ? this.#first[this.#taken] : undefined;
    const top = this.#size > 0 ? this.#heap[1] : undefined;
    if (top === undefined || (first !== undefined && first <= top)) {
      this.#taken += 1;
      return first;
    }
    this.#removeTop();
    return top;
  }

  #removeTop(): void {
    const heap = this.#heap;
    const value = heap[this.#size] ?? 0;
    this.#size -= 1;
    let place = 1;
    for (let child = 2; child <= this.#size; child = place * 2) {
      if (child < this.#size && (heap[child + 1] ?? 0) < (heap[child] ?? 0)) child += 1;
      const lower = heap[child] ?? 0;
      if (lower >= value) break;
      heap[place] = lower;
      place = child;
    }
    heap[place] = value;
  }
}
