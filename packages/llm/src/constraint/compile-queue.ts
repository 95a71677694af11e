import type { ConstraintSpec } from './constraint-spec.js';

/** Quick ones one after the other, and beside them two others: who waits for a quick one never waits for a slow one. */
const mostOthers = 2;

/** Runs what compiles constraints, in the order of asking among quick ones and among others. */
export class CompileQueue {
  readonly #quick = new Lane(1);
  readonly #others = new Lane(mostOthers);

  /** Of those that were not begun, or are not done. */
  get length(): number {
    return this.#quick.length + this.#others.length;
  }

  add(spec: ConstraintSpec, compile: () => Promise<void>): Promise<void> {
    return (isQuick(spec) ? this.#quick : this.#others).add(compile);
  }
}

class Lane {
  readonly #waiting: (() => Promise<void>)[] = [];
  #running = 0;

  constructor(private readonly most: number) {}

  get length(): number {
    return this.#running + this.#waiting.length;
  }

  add(work: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push(() => work().then(resolve, reject));
      this.#next();
    });
  }

  #next(): void {
    if (this.#running >= this.most) return;
    const work = this.#waiting.shift();
    if (!work) return;
    this.#running += 1;
    void work().then(() => {
      this.#running -= 1;
      this.#next();
    });
  }
}

/** Whether it is sure to compile in a moment: texts and schemas of a usual size, without patterns or counts. */
export function isQuick(spec: ConstraintSpec): boolean {
  return sizeOf(spec) <= largestQuick;
}

/** In characters, some 0.3 s. */
const largestQuick = 16_384;
const slow = Number.POSITIVE_INFINITY;

function sizeOf(spec: ConstraintSpec): number {
  switch (spec.type) {
    case 'json_object':
      return 1;
    case 'json_schema': {
      const written = JSON.stringify(spec.schema);
      return /"pattern"|"(?:min|max)Items":\d{2}/.test(written) ? slow : written.length;
    }
    case 'regex':
      return isPlain(spec.pattern) ? spec.pattern.length : slow;
    case 'grammar':
      return isPlain(spec.grammar) ? spec.grammar.length : slow;
    case 'choice':
      return sum(spec.choices.map(({ length }) => length));
    case 'literal':
      return spec.text.length;
    case 'sequence':
      return sum(spec.parts.map(sizeOf));
    case 'alternatives':
      return sum(spec.of.map(sizeOf));
    case 'repeat':
      return Math.max(spec.min ?? 0, spec.max ?? 0) > 10 ? slow : sizeOf(spec.of);
    case 'triggered':
      return sum(spec.triggers.map(({ text, inner }) => text.length + sizeOf(inner)));
    case 'after':
      return spec.text.length + sizeOf(spec.inner);
  }
}

/** Short ones without counts of more than a digit: automata of others may be large. */
function isPlain(source: string): boolean {
  return source.length <= 40 && !/\{\d*,?\d\d|\\[pP]/.test(source);
}

function sum(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total + size, 0);
}
