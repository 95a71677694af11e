import { FerrumError } from '@ferrum/registry/errors';
import type { BoundTensors } from './bound-tensors.js';

/** Checks that a symbolic dimension is the same number in every input of a run. */
export class SymbolicDimensions {
  readonly #inputs: BoundTensors;
  readonly #occurrences: readonly Occurrence[];
  /** By symbol: the occurrence that fixed its size. */
  readonly #first: (Occurrence | undefined)[];

  constructor(inputs: BoundTensors) {
    this.#inputs = inputs;
    const symbols = new Map<string, number>();
    this.#occurrences = inputs.infos.flatMap(({ dims }, input) =>
      dims.flatMap((name, axis) => {
        if (typeof name !== 'string') return [];
        const symbol = symbols.get(name) ?? symbols.size;
        symbols.set(name, symbol);
        return [{ name, symbol, input, axis }];
      }),
    );
    this.#first = new Array(symbols.size).fill(undefined);
  }

  /** @throws FerrumError `InvalidParameter` that names both inputs. */
  check(): void {
    this.#first.fill(undefined);
    for (const occurrence of this.#occurrences) {
      const first = this.#first[occurrence.symbol];
      if (first === undefined) this.#first[occurrence.symbol] = occurrence;
      else if (this.#size(first) !== this.#size(occurrence)) throw this.#conflict(first, occurrence);
    }
  }

  #size({ input, axis }: Occurrence): number | undefined {
    return this.#inputs.tensor(input)?.dims[axis];
  }

  #conflict(first: Occurrence, second: Occurrence): FerrumError {
    const firstName = this.#inputs.infos[first.input]?.name ?? '?';
    const secondName = this.#inputs.infos[second.input]?.name ?? '?';
    return new FerrumError(
      'InvalidParameter',
      `The dimension "${first.name}" is ${this.#size(first)} in the input "${firstName}" (axis ${first.axis}) but ` +
        `${this.#size(second)} in the input "${secondName}" (axis ${second.axis}); it must be the same in one run.`,
      { details: { dimension: first.name, input: secondName } },
    );
  }
}

interface Occurrence {
  readonly name: string;
  readonly symbol: number;
  readonly input: number;
  readonly axis: number;
}
