import type { GraphBuilder, Value } from '@ferrum/onnx';

/**
 * Turns [batch, sequence, columns] into a matrix of a row for each token, and back. Layers that want matrices then need not make
 * one of their own.
 */
export class TokenRows {
  /** By name of the value whose dimensions they are, and columns. */
  readonly #shapes = new Map<string, Value>();

  constructor(private readonly graph: GraphBuilder) {}

  /** [batch · sequence, columns]. */
  flat(value: Value, columns: number, name: string): Value {
    return this.graph.node('Reshape', [value, this.graph.int64s([-1, columns])], { name });
  }

  /** [batch, sequence, columns], batch and sequence as in `like`, which is [batch, sequence]. */
  batched(value: Value, columns: number, like: Value, name: string): Value {
    const shape = this.#once(`${like.name} ${columns}`, () =>
      this.graph.node('Concat', [this.#shapeOf(like), this.graph.int64s([columns])], { attributes: { axis: 0 } }),
    );
    return this.graph.node('Reshape', [value, shape], { name });
  }

  #shapeOf(value: Value): Value {
    return this.#once(value.name, () => this.graph.node('Shape', [value]));
  }

  #once(key: string, make: () => Value): Value {
    const known = this.#shapes.get(key);
    if (known) return known;
    const made = make();
    this.#shapes.set(key, made);
    return made;
  }
}
