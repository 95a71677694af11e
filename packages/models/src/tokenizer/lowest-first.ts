/**
 * Numbers, of which the lowest comes out first. Those known from the start are sorted at once, and later ones that come in
 * ascending order just wait in line; only the rest go through a heap, which is several times slower.
 */
export class LowestFirst {
  readonly #sorted: Line;
  readonly #ascending: Line;
  /** Each number is no lower than that at half its place, counted from 1. */
  readonly #heap: Float64Array;
  #heapSize = 0;

  /**
   * @param known the most numbers that there are at the start
   * @param later the most that come later
   */
  constructor(known: number, later: number) {
    this.#sorted = new Line(known);
    this.#ascending = new Line(later);
    this.#heap = new Float64Array(later + 1);
  }

  /** Forgets all numbers. */
  clear(): void {
    this.#sorted.clear();
    this.#ascending.clear();
    this.#heapSize = 0;
  }

  /** Adds a number to those known from the start; `sort` must follow. */
  append(value: number): void {
    this.#sorted.append(value);
  }

  sort(): void {
    this.#sorted.sort();
  }

  push(value: number): void {
    if (value >= this.#ascending.last) this.#ascending.append(value);
    else this.#pushToHeap(value);
  }

  /** Takes the lowest number out; Infinity when there is none. */
  pop(): number {
    const [sorted, ascending] = [this.#sorted.first, this.#ascending.first];
    const top = this.#heapSize === 0 ? Infinity : (this.#heap[1] ?? Infinity);
    if (sorted <= ascending && sorted <= top) return this.#sorted.take();
    if (ascending <= top) return this.#ascending.take();
    this.#removeTop();
    return top;
  }

  #pushToHeap(value: number): void {
    const heap = this.#heap;
    this.#heapSize += 1;
    let place = this.#heapSize;
    for (; place > 1; place >>>= 1) {
      const parent = heap[place >>> 1] ?? 0;
      if (parent <= value) break;
      heap[place] = parent;
    }
    heap[place] = value;
  }

  #removeTop(): void {
    const heap = this.#heap;
    const value = heap[this.#heapSize] ?? 0;
    this.#heapSize -= 1;
    let place = 1;
    for (let child = 2; child <= this.#heapSize; child = place * 2) {
      if (child < this.#heapSize && (heap[child + 1] ?? 0) < (heap[child] ?? 0)) child += 1;
      const lower = heap[child] ?? 0;
      if (lower >= value) break;
      heap[place] = lower;
      place = child;
    }
    heap[place] = value;
  }
}

/** Numbers in ascending order, taken from the front. */
class Line {
  readonly #values: Float64Array;
  #taken = 0;
  #count = 0;

  constructor(capacity: number) {
    this.#values = new Float64Array(capacity);
  }

  /** Infinity when there is none. */
  get first(): number {
    return this.#taken < this.#count ? (this.#values[this.#taken] ?? Infinity) : Infinity;
  }

  /** -Infinity when there is none. */
  get last(): number {
    return this.#taken < this.#count ? (this.#values[this.#count - 1] ?? -Infinity) : -Infinity;
  }

  clear(): void {
    this.#taken = 0;
    this.#count = 0;
  }

  append(value: number): void {
    this.#values[this.#count++] = value;
  }

  sort(): void {
    const values = this.#values;
    // A typed array's own sort takes longer to begin than most words to be sorted.
    if (this.#count > fewNumbers) values.subarray(0, this.#count).sort();
    else {
      for (let place = 1; place < this.#count; place++) {
        const value = values[place] ?? 0;
        let gap = place;
        for (; gap > 0 && (values[gap - 1] ?? 0) > value; gap--) values[gap] = values[gap - 1] ?? 0;
        values[gap] = value;
      }
    }
  }

  take(): number {
    const value = this.first;
    if (this.#taken < this.#count) this.#taken += 1;
    return value;
  }
}

const fewNumbers = 32;
