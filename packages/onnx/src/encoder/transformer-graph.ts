import { type LinearWeights, linear } from '../blocks/linear.js';
import { rotaryTable } from '../blocks/rotary-table.js';
import type { GraphBuilder, Value } from '../graph/graph-builder.js';
import { activate } from './activate.js';
import { distanceBiases, windowBiases } from './attention-bias.js';
import { type Residual, residualNorm } from './residual.js';
import type { LayerConfig, TransformerConfig } from './transformer-config.js';
import type { LayerWeights, TransformerWeights } from './transformer-weights.js';

export interface TransformerInputs {
  /** float32 [batch, tokens, hiddenSize]. */
  readonly embeddings: Value;
  /** int32 [batch]: tokens of each sequence, the others are padding; absent: there is none. */
  readonly lengths?: Value | undefined;
  /** The longest sequence. */
  readonly maxTokens: number;
  /** Shown what the products of each layer read, [..., hiddenSize]. */
  readonly observe?: ((x: Value, layer: number, part: 'attention' | 'feedForward') => void) | undefined;
}

/** Adds the layers to the graph. @returns float32 [batch, tokens, hiddenSize] */
export function transformer(
  graph: GraphBuilder,
  inputs: TransformerInputs,
  config: TransformerConfig,
  weights: TransformerWeights,
  name: string,
): Value {
  const builder = new TransformerBuilder(graph, inputs, config, weights, name);
  let x: Residual = { sum: builder.toRows(inputs.embeddings, `${name}.embeddings.rows`) };
  for (const [index, layer] of weights.layers.entries()) {
    x = builder.layer(x, layer, index, `${name}.layers.${index}`);
  }
  const { normed } = residualNorm(graph, x, weights.finalNorm, config, `${name}.finalNorm`);
  return builder.toSequences(normed, `${name}.output`);
}

class TransformerBuilder {
  /** 8-bit products take matrices: then all but attention is computed on [batch · tokens] rows. */
  readonly #onRows: boolean;
  /** int64 [3]: of embeddings. */
  readonly #shape: Value;
  /** float32 [1, heads, tokens, tokens]. */
  readonly #distances: Value | undefined;
  /** By size, float32 [1, 1, tokens, tokens]. */
  readonly #windows = new Map<number, Value>();
  /** By base, each float32 [maxTokens, headDim / 2]. */
  readonly #rotary = new Map<number, readonly [cos: Value, sin: Value]>();

  constructor(
    private readonly graph: GraphBuilder,
    private readonly inputs: TransformerInputs,
    private readonly config: TransformerConfig,
    weights: TransformerWeights,
    private readonly name: string,
  ) {
    this.#onRows = weights.layers.some(({ query }) => query.kind === 'row-quantized');
    this.#shape = graph.node('Shape', [inputs.embeddings], { name: `${name}.shape` });
    this.#distances =
      weights.relativePositions &&
      distanceBiases(
        graph,
        this.#tokens(),
        weights.relativePositions,
        inputs.maxTokens,
        config.heads,
        `${name}.distance`,
      );
  }

  layer(x: Residual, weights: LayerWeights, index: number, name: string): Residual {
    const config = this.config.layers[index] ?? {};
    const { observe } = this.inputs;
    const { graph } = this;
    const { attentionNorm, feedForwardNorm } = weights;
    const attentionName = `${name}.attentionNorm`;
    const feedForwardName = `${name}.feedForwardNorm`;
    if (this.config.normPlacement === 'after') {
      observe?.(x.sum, index, 'attention');
      const attended = { sum: x.sum, ...this.#attention(x.sum, weights, config, name) };
      const first = residualNorm(graph, attended, attentionNorm, this.config, attentionName).normed;
      observe?.(first, index, 'feedForward');
      const fed = { sum: first, ...this.#feedForward(first, weights, name) };
      return { sum: residualNorm(graph, fed, feedForwardNorm, this.config, feedForwardName).normed };
    }
    const before = residualNorm(graph, x, attentionNorm, this.config, attentionName);
    observe?.(before.normed, index, 'attention');
    const attended = { sum: before.sum, ...this.#attention(before.normed, weights, config, name) };
    const between = residualNorm(graph, attended, feedForwardNorm, this.config, feedForwardName);
    observe?.(between.normed, index, 'feedForward');
    return { sum: between.sum, ...this.#feedForward(between.normed, weights, name) };
  }

  toRows(x: Value, name: string): Value {
    if (!this.#onRows) return x;
    return this.graph.node('Reshape', [x, this.graph.int64s([-1, this.config.hiddenSize])], { name });
  }

  toSequences(x: Value, name: string): Value {
    return this.#onRows ? this.graph.node('Reshape', [x, this.#shape], { name }) : x;
  }

  #attention(
    x: Value,
    weights: LayerWeights,
    { rotaryTheta, window }: LayerConfig,
    name: string,
  ): Omit<Residual, 'sum'> {
    const { graph, config, inputs } = this;
    const project = (part: 'query' | 'key' | 'value', isRotated: boolean) => {
      // Rotation comes after the bias; what is not rotated gets its bias inside the attention.
      const weight = rotaryTheta === undefined ? withoutBias(weights[part]) : weights[part];
      const projected = this.toSequences(linear(graph, x, weight, `${name}.${part}`), `${name}.${part}.sequences`);
      return isRotated && rotaryTheta !== undefined
        ? this.#rotate(projected, rotaryTheta, `${name}.${part}.rotated`)
        : projected;
    };
    const bias =
      rotaryTheta === undefined && weights.queryKeyValueBias
        ? graph.initializer(`${name}.bias`, 'float32', [3 * config.hiddenSize], weights.queryKeyValueBias)
        : undefined;
    const scores = window === undefined ? this.#distances : this.#window(window);
    const attended = graph.node(
      'MultiHeadAttention',
      [project('query', true), project('key', true), project('value', false), bias, inputs.lengths, scores],
      {
        name: `${name}.attention`,
        attributes: { num_heads: config.heads, ...(config.isCausal ? { unidirectional: 1 } : {}) },
      },
    );
    const output = weights.attentionOutput;
    return {
      added: linear(graph, this.toRows(attended, `${name}.attention.rows`), withoutBias(output), `${name}.output`),
      bias: this.#bias(output, `${name}.output`),
    };
  }

  #feedForward(x: Value, weights: LayerWeights, name: string): Omit<Residual, 'sum'> {
    const { graph } = this;
    const { gate, up, down } = weights;
    const { activation } = this.config;
    const product = (layer: LinearWeights, part: string) => linear(graph, x, withoutBias(layer), `${name}.${part}`);
    const activated = (layer: LinearWeights, part: string) =>
      activate(graph, product(layer, part), this.#bias(layer, `${name}.${part}`), activation, `${name}.activation`);
    const inner = gate
      ? graph.node('Mul', [activated(gate, 'gate'), linear(graph, x, up, `${name}.up`)], { name: `${name}.gated` })
      : activated(up, 'up');
    return {
      added: linear(graph, inner, withoutBias(down), `${name}.down`),
      bias: this.#bias(down, `${name}.down`),
    };
  }

  #bias({ bias, outFeatures }: LinearWeights, name: string): Value | undefined {
    return bias && this.graph.initializer(`${name}.bias`, 'float32', [outFeatures], bias);
  }

  #rotate(x: Value, theta: number, name: string): Value {
    const { graph, config } = this;
    return graph.node('RotaryEmbedding', [x, graph.int64s([0]), ...this.#rotaryTables(theta)], {
      name,
      attributes: { num_heads: config.heads, interleaved: 0 },
    });
  }

  #rotaryTables(theta: number): readonly [cos: Value, sin: Value] {
    const known = this.#rotary.get(theta);
    if (known) return known;
    const { graph, config, name } = this;
    const { maxTokens } = this.inputs;
    const headDim = config.hiddenSize / config.heads;
    const { cos, sin } = rotaryTable({ headDim, theta }, maxTokens);
    const shape = [maxTokens, headDim / 2];
    const tables = [
      graph.initializer(`${name}.cos.${theta}`, 'float32', shape, cos),
      graph.initializer(`${name}.sin.${theta}`, 'float32', shape, sin),
    ] as const;
    this.#rotary.set(theta, tables);
    return tables;
  }

  #window(size: number): Value {
    const known = this.#windows.get(size);
    if (known) return known;
    const biases = windowBiases(this.graph, this.#tokens(), size, `${this.name}.window.${size}`);
    this.#windows.set(size, biases);
    return biases;
  }

  /** int64 [1]. */
  #tokens(): Value {
    return this.graph.node('Slice', [this.#shape, this.graph.int64s([1]), this.graph.int64s([2])]);
  }
}

function withoutBias(weights: LinearWeights): LinearWeights {
  const { bias: _, ...rest } = weights;
  return rest as LinearWeights;
}
