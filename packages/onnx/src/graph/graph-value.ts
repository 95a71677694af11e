import type { Shape } from './dimension.js';
import type { GraphBuilder } from './graph-builder.js';
import type { OnnxAttribute } from './model.js';
import type { TensorType } from './tensor-type.js';
import type { InferredValue, Value } from './value.js';

/** A value whose name is free to change until the model is written. */
export class GraphValue implements Value, InferredValue {
  readonly builder: GraphBuilder;
  readonly origin: 'input' | 'initializer' | 'node';
  readonly type: TensorType;
  readonly shape: Shape;
  readonly contents: InferredValue['contents'];
  name: string;

  constructor(builder: GraphBuilder, name: string, origin: GraphValue['origin'], value: InferredValue) {
    this.builder = builder;
    this.name = name;
    this.origin = origin;
    this.type = value.type;
    this.shape = value.shape;
    this.contents = value.contents;
  }
}

export interface GraphNode {
  readonly name: string;
  readonly operator: string;
  readonly domain: string;
  readonly inputs: readonly (GraphValue | undefined)[];
  readonly outputs: readonly (GraphValue | undefined)[];
  readonly attributes: ReadonlyMap<string, OnnxAttribute>;
}
