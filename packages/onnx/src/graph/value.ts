import type { Dimension, Shape } from './dimension.js';
import type { TensorType } from './tensor-type.js';

/** What flows along an edge of the graph. Made by a `GraphBuilder`, and of use only to the one that made it. */
export interface Value extends ValueType {
  readonly name: string;
}

export interface ValueType {
  readonly type: TensorType;
  /** Sizes; strings are symbols for those known when the model runs. */
  readonly shape: Shape;
}

/** Output of a shape inference: the type, and for small integer tensors what they hold as far as it is known. */
export interface InferredValue extends ValueType {
  /** Elements of an integer tensor of rank 0 or 1, e.g. `['batch', 1, 64]` for a computed shape. */
  readonly contents?: readonly Dimension[] | undefined;
}
