/** Where a linear layer's weight is: all rows of a tensor, or one of several equal slices of them. */
export interface LinearName {
  /** Without `.weight` and `.bias`. */
  readonly name: string;
  /** Slice `index` of `count`. */
  readonly slice?: { readonly index: number; readonly count: number };
}

export interface LayerNames {
  readonly query: LinearName;
  readonly key: LinearName;
  readonly value: LinearName;
  readonly attentionOutput: LinearName;
  /** Absent where the layer reads its input as it is. */
  readonly attentionNorm?: string;
  /** The half that is activated, of a gated feed-forward layer. */
  readonly gate?: LinearName;
  readonly up: LinearName;
  readonly down: LinearName;
  readonly feedForwardNorm: string;
}

/** Names of an encoder's tensors, without `.weight` and `.bias`. */
export interface TextEncoderNames {
  readonly words: string;
  readonly positions?: string;
  readonly tokenTypes?: string;
  readonly embeddingNorm?: string;
  readonly relativePositions?: string;
  readonly layer: (index: number) => LayerNames;
  readonly finalNorm?: string;
}

/** Layers whose linear layers are all whole tensors, by their names under `prefix`. */
export function layerNames(
  prefix: string,
  names: Readonly<Record<keyof Omit<LayerNames, 'gate'>, string>> & { readonly gate?: string },
): LayerNames {
  const at = (name: string) => `${prefix}.${name}`;
  const linear = (name: string): LinearName => ({ name: at(name) });
  return {
    query: linear(names.query),
    key: linear(names.key),
    value: linear(names.value),
    attentionOutput: linear(names.attentionOutput),
    attentionNorm: at(names.attentionNorm ?? ''),
    ...(names.gate === undefined ? {} : { gate: linear(names.gate) }),
    up: linear(names.up),
    down: linear(names.down),
    feedForwardNorm: at(names.feedForwardNorm),
  };
}

/** The two halves of a tensor that holds two layers of the same size one below the other. */
export function halves(name: string): readonly [LinearName, LinearName] {
  return [slice(name, 0, 2), slice(name, 1, 2)];
}

/** The thirds of a tensor that holds three layers. */
export function thirds(name: string): readonly [LinearName, LinearName, LinearName] {
  return [slice(name, 0, 3), slice(name, 1, 3), slice(name, 2, 3)];
}

function slice(name: string, index: number, count: number): LinearName {
  return { name, slice: { index, count } };
}
