import type { TensorRows } from '@ferrum/models';

/** Where each weight of a decoder is in a file. */
export interface TensorNames {
  readonly embedding: string;
  readonly outputNorm: string;
  readonly head: string;
  /** To be added to the gains of every norm; absent: 0. */
  readonly normOffset?: number;
  /** Tensors of parts that are not the decoder. */
  readonly ignored?: RegExp;
  layer(index: number): LayerTensorNames;
}

export interface LayerTensorNames {
  readonly attentionNorm: string;
  readonly query: string;
  readonly key: string;
  readonly value: string;
  /** Where one tensor holds query, key and value: that one. */
  readonly queryKeyValue?: string;
  readonly queryNorm: string;
  readonly keyNorm: string;
  readonly attentionOutput: string;
  readonly postAttentionNorm: string;
  readonly mlpNorm: string;
  readonly gate: string;
  readonly up: string;
  /** Where one tensor holds gate and up: that one. */
  readonly gateUp?: string;
  readonly down: string;
  readonly postMlpNorm: string;
  readonly router: string;
  /** Which rows make up the layers of an expert. */
  expert(
    expert: number,
    config: { readonly count: number; readonly intermediateSize: number; readonly hiddenSize: number },
  ): Record<'gateUp' | 'down', readonly TensorRows[]>;
}

/** What families call otherwise than most do. */
export interface NameVariants {
  /** Queries, keys and values in one tensor, and gate and up in another (Phi-3). */
  readonly fused?: boolean;
  /** Norms after attention and MLP (Gemma 2 and 3). */
  readonly sandwichNorms?: boolean;
  readonly normOffset?: number;
  /** How the experts' tensors are named; Granite's stack all of them. Default: as Qwen's. */
  readonly experts?: 'mixtral' | 'qwen' | 'granite';
  /** What stands before the names of config.json's models. Default `model.`. */
  readonly prefix?: string;
}

/** Names of llama.cpp's converter. */
export function ggufNames({ fused = false }: NameVariants = {}): TensorNames {
  return {
    embedding: 'token_embd.weight',
    outputNorm: 'output_norm.weight',
    head: 'output.weight',
    layer: (index) => {
      const name = (part: string): string => `blk.${index}.${part}.weight`;
      return {
        attentionNorm: name('attn_norm'),
        query: name('attn_q'),
        key: name('attn_k'),
        value: name('attn_v'),
        ...(fused ? { queryKeyValue: name('attn_qkv'), gateUp: name('ffn_up') } : {}),
        queryNorm: name('attn_q_norm'),
        keyNorm: name('attn_k_norm'),
        attentionOutput: name('attn_output'),
        postAttentionNorm: name('post_attention_norm'),
        mlpNorm: name('ffn_norm'),
        gate: name('ffn_gate'),
        up: name('ffn_up'),
        down: name('ffn_down'),
        postMlpNorm: name('post_ffw_norm'),
        router: name('ffn_gate_inp'),
        // One tensor holds all experts, [experts, rows, columns].
        expert: (index, { count: of, intermediateSize, hiddenSize }) => ({
          gateUp: ['ffn_gate_exps', 'ffn_up_exps'].map((part) => ({
            name: name(part),
            rows: intermediateSize,
            slice: { index, of },
          })),
          down: [{ name: name('ffn_down_exps'), rows: hiddenSize, slice: { index, of } }],
        }),
      };
    },
  };
}

/** Names of `transformers`. */
export function hfNames(variants: NameVariants = {}): TensorNames {
  const { fused = false, sandwichNorms = false, normOffset, experts = 'qwen', prefix = 'model.' } = variants;
  return {
    embedding: `${prefix}embed_tokens.weight`,
    outputNorm: `${prefix}norm.weight`,
    head: 'lm_head.weight',
    ...(normOffset === undefined ? {} : { normOffset }),
    layer: (index) => {
      const name = (part: string): string => `${prefix}layers.${index}.${part}.weight`;
      return {
        attentionNorm: name('input_layernorm'),
        query: name('self_attn.q_proj'),
        key: name('self_attn.k_proj'),
        value: name('self_attn.v_proj'),
        ...(fused ? { queryKeyValue: name('self_attn.qkv_proj'), gateUp: name('mlp.gate_up_proj') } : {}),
        queryNorm: name('self_attn.q_norm'),
        keyNorm: name('self_attn.k_norm'),
        attentionOutput: name('self_attn.o_proj'),
        postAttentionNorm: name('post_attention_layernorm'),
        mlpNorm: name(sandwichNorms ? 'pre_feedforward_layernorm' : 'post_attention_layernorm'),
        gate: name('mlp.gate_proj'),
        up: name('mlp.up_proj'),
        down: name('mlp.down_proj'),
        postMlpNorm: name('post_feedforward_layernorm'),
        router: name(routers[experts]),
        expert: (expert, { count: of, intermediateSize, hiddenSize }) => {
          if (experts === 'granite') {
            const slice = { index: expert, of };
            return {
              gateUp: [{ name: name('block_sparse_moe.input_linear'), rows: 2 * intermediateSize, slice }],
              down: [{ name: name('block_sparse_moe.output_linear'), rows: hiddenSize, slice }],
            };
          }
          const [folder, gate, up, down] =
            experts === 'mixtral'
              ? ['block_sparse_moe', 'w1', 'w3', 'w2']
              : ['mlp', 'gate_proj', 'up_proj', 'down_proj'];
          const part = (of: string): string => name(`${folder}.experts.${expert}.${of}`);
          return {
            gateUp: [gate, up].map((of) => ({ name: part(String(of)), rows: intermediateSize })),
            down: [{ name: part(String(down)), rows: hiddenSize }],
          };
        },
      };
    },
  };
}

const routers = {
  mixtral: 'block_sparse_moe.gate',
  qwen: 'mlp.gate',
  granite: 'block_sparse_moe.router.layer',
} as const;

/** A bias lies beside its weight under the same name. */
export function biasName(weight: string): string {
  return weight.replace(/weight$/, 'bias');
}
