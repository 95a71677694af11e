import type { DecoderConfig } from '../architecture/decoder-config.js';

/** The outputs of a decoder's graph that adapters may change (`DecoderGraphOptions.adjust`). */
export type AdaptedLayer = 'queryKeyValue' | 'attentionOutput' | 'mlp.gate' | 'mlp.up' | 'mlp.down';

/** Outputs of a graph's layer that a projection gives, from `firstOutput` on. */
export interface AdapterPlace {
  readonly layer: AdaptedLayer;
  readonly firstOutput: number;
  readonly outFeatures: number;
}

/** A projection that an adapter changes. */
export interface AdapterModule {
  readonly layer: number;
  /** Where its outputs go, in their order. */
  readonly places: readonly AdapterPlace[];
  readonly inFeatures: number;
  /** As the file names it: `q_proj`, `attn_q` … */
  readonly target: string;
  /** Whether GGUF files of some families order its outputs in interleaved rotary pairs. */
  readonly isRotated: boolean;
}

/** The projection of this name in PEFT files (`….layers.3.self_attn.q_proj`) or GGUF (`blk.3.attn_q`); undefined for others. */
export function adapterModule(name: string, config: DecoderConfig): AdapterModule | undefined {
  const match = /(?:^|\.)layers\.(\d+)\.(?:self_attn|mlp)\.(\w+)$/.exec(name) ?? /^blk\.(\d+)\.(\w+)$/.exec(name);
  // The part that sees has layers of its own, which no adapter changes.
  if (!match || /(?:^|\.)vision_(?:model|tower)\./.test(name)) return undefined;
  const [, digits = '', target = ''] = match;
  const layer = Number(digits);
  const projection = projectionOf(target, config);
  if (!projection || layer >= config.layers) return undefined;
  if (config.experts && projection.places.some((place) => place.layer.startsWith('mlp'))) return undefined;
  return { layer, target, isRotated: false, ...projection };
}

export function outFeaturesOf(layer: AdaptedLayer, config: DecoderConfig): number {
  const { heads, kvHeads, headDim, hiddenSize, intermediateSize } = config;
  if (layer === 'queryKeyValue') return (heads + 2 * kvHeads) * headDim;
  return layer === 'mlp.gate' || layer === 'mlp.up' ? intermediateSize : hiddenSize;
}

type Projection = Pick<AdapterModule, 'places' | 'inFeatures'> & { readonly isRotated?: boolean };

function projectionOf(target: string, config: DecoderConfig): Projection | undefined {
  const { hiddenSize, intermediateSize, heads, kvHeads, headDim } = config;
  const [queries, keys] = [heads * headDim, kvHeads * headDim];
  const attention = (firstOutput: number, outFeatures: number): Projection => ({
    places: [{ layer: 'queryKeyValue', firstOutput, outFeatures }],
    inFeatures: hiddenSize,
  });
  const whole = (inFeatures: number, ...layers: readonly AdaptedLayer[]): Projection => ({
    places: layers.map((layer) => ({ layer, firstOutput: 0, outFeatures: outFeaturesOf(layer, config) })),
    inFeatures,
  });
  switch (target) {
    case 'q_proj':
    case 'attn_q':
      return { ...attention(0, queries), isRotated: true };
    case 'k_proj':
    case 'attn_k':
      return { ...attention(queries, keys), isRotated: true };
    case 'v_proj':
    case 'attn_v':
      return attention(queries + keys, keys);
    case 'qkv_proj':
    case 'attn_qkv':
      return attention(0, queries + 2 * keys);
    case 'o_proj':
    case 'attn_output':
      return whole(queries, 'attentionOutput');
    case 'gate_proj':
    case 'ffn_gate':
      return whole(hiddenSize, 'mlp.gate');
    case 'up_proj':
    case 'ffn_up':
      return whole(hiddenSize, 'mlp.up');
    case 'gate_up_proj':
      return whole(hiddenSize, 'mlp.gate', 'mlp.up');
    case 'down_proj':
    case 'ffn_down':
      return whole(intermediateSize, 'mlp.down');
    default:
      return undefined;
  }
}
