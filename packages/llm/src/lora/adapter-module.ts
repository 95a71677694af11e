import type { DecoderConfig } from '../architecture/decoder-config.js';

/** The linear layers of a decoder's graph that adapters may change. */
export type FusedLayer = 'queryKeyValue' | 'attentionOutput' | 'mlp.gateUp' | 'mlp.down';

/** A projection that an adapter changes: which outputs of which linear layer of the graph. */
export interface AdapterModule {
  readonly layer: number;
  readonly fused: FusedLayer;
  /** First of its outputs among those of the fused layer, and their number. */
  readonly firstOutput: number;
  readonly outFeatures: number;
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
  const place = placeOf(target, config);
  if (!place || layer >= config.layers || (config.experts && place.fused.startsWith('mlp'))) return undefined;
  return { layer, target, isRotated: false, ...place };
}

type Place = Omit<AdapterModule, 'layer' | 'target' | 'isRotated'> & { readonly isRotated?: boolean };

function placeOf(target: string, config: DecoderConfig): Place | undefined {
  const { hiddenSize, intermediateSize, heads, kvHeads, headDim } = config;
  const [queries, keys] = [heads * headDim, kvHeads * headDim];
  const attention = { fused: 'queryKeyValue', inFeatures: hiddenSize } as const;
  const gateUp = { fused: 'mlp.gateUp', inFeatures: hiddenSize } as const;
  switch (target) {
    case 'q_proj':
    case 'attn_q':
      return { ...attention, firstOutput: 0, outFeatures: queries, isRotated: true };
    case 'k_proj':
    case 'attn_k':
      return { ...attention, firstOutput: queries, outFeatures: keys, isRotated: true };
    case 'v_proj':
    case 'attn_v':
      return { ...attention, firstOutput: queries + keys, outFeatures: keys };
    case 'qkv_proj':
    case 'attn_qkv':
      return { ...attention, firstOutput: 0, outFeatures: queries + 2 * keys };
    case 'o_proj':
    case 'attn_output':
      return { fused: 'attentionOutput', firstOutput: 0, outFeatures: hiddenSize, inFeatures: queries };
    case 'gate_proj':
    case 'ffn_gate':
      return { ...gateUp, firstOutput: 0, outFeatures: intermediateSize };
    case 'up_proj':
    case 'ffn_up':
      return { ...gateUp, firstOutput: intermediateSize, outFeatures: intermediateSize };
    case 'gate_up_proj':
      return { ...gateUp, firstOutput: 0, outFeatures: 2 * intermediateSize };
    case 'down_proj':
    case 'ffn_down':
      return { fused: 'mlp.down', firstOutput: 0, outFeatures: hiddenSize, inFeatures: intermediateSize };
    default:
      return undefined;
  }
}
