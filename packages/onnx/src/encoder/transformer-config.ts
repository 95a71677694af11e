/** Shape of a stack of transformer encoder layers. */
export interface TransformerConfig {
  readonly hiddenSize: number;
  readonly heads: number;
  readonly intermediateSize: number;
  readonly activation: Activation;
  /** The activated half of the feed-forward layer is multiplied with a second one (Shazeer 2020). */
  readonly isGated: boolean;
  readonly normEpsilon: number;
  /** Whether all linear layers and norms have a bias; absent: as the file has it. */
  readonly hasBiases?: boolean;
  /** Each block normalises what it reads (`before`) or what it has added to (`after`). */
  readonly normPlacement: 'before' | 'after';
  /** Each token sees itself and those before it. */
  readonly isCausal: boolean;
  /** Of each layer, first to last. */
  readonly layers: readonly LayerConfig[];
  readonly relativePositions?: RelativePositions;
}

export interface LayerConfig {
  /** Base of the rotary position embedding; absent: none. */
  readonly rotaryTheta?: number;
  /** How many tokens on either side a token sees; absent: all. */
  readonly window?: number;
}

/** Learned biases by bucketed distance, shared by all layers (Raffel et al. 2020, as MPNet uses them). */
export interface RelativePositions {
  readonly buckets: number;
  readonly maxDistance: number;
}

export type Activation = 'gelu' | 'gelu-tanh' | 'quick-gelu' | 'relu' | 'silu' | 'tanh' | 'identity';

/** As configurations name them. */
export const activations: ReadonlyMap<string, Activation> = new Map<string, Activation>([
  ['gelu', 'gelu'],
  ['gelu_python', 'gelu'],
  ['gelu_new', 'gelu-tanh'],
  ['gelu_fast', 'gelu-tanh'],
  ['gelu_pytorch_tanh', 'gelu-tanh'],
  ['quick_gelu', 'quick-gelu'],
  ['relu', 'relu'],
  ['silu', 'silu'],
  ['swish', 'silu'],
  ['swiglu', 'silu'],
  ['geglu', 'gelu'],
  ['tanh', 'tanh'],
]);
