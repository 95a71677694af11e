/** Where each weight of a decoder is in a file. */
export interface TensorNames {
  readonly embedding: string;
  readonly outputNorm: string;
  readonly head: string;
  layer(index: number): LayerTensorNames;
}

export interface LayerTensorNames {
  readonly attentionNorm: string;
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly attentionOutput: string;
  readonly mlpNorm: string;
  readonly gate: string;
  readonly up: string;
  readonly down: string;
}

export const ggufNames: TensorNames = {
  embedding: 'token_embd.weight',
  outputNorm: 'output_norm.weight',
  head: 'output.weight',
  layer: (index) => ({
    attentionNorm: `blk.${index}.attn_norm.weight`,
    query: `blk.${index}.attn_q.weight`,
    key: `blk.${index}.attn_k.weight`,
    value: `blk.${index}.attn_v.weight`,
    attentionOutput: `blk.${index}.attn_output.weight`,
    mlpNorm: `blk.${index}.ffn_norm.weight`,
    gate: `blk.${index}.ffn_gate.weight`,
    up: `blk.${index}.ffn_up.weight`,
    down: `blk.${index}.ffn_down.weight`,
  }),
};

export const hfNames: TensorNames = {
  embedding: 'model.embed_tokens.weight',
  outputNorm: 'model.norm.weight',
  head: 'lm_head.weight',
  layer: (index) => ({
    attentionNorm: `model.layers.${index}.input_layernorm.weight`,
    query: `model.layers.${index}.self_attn.q_proj.weight`,
    key: `model.layers.${index}.self_attn.k_proj.weight`,
    value: `model.layers.${index}.self_attn.v_proj.weight`,
    attentionOutput: `model.layers.${index}.self_attn.o_proj.weight`,
    mlpNorm: `model.layers.${index}.post_attention_layernorm.weight`,
    gate: `model.layers.${index}.mlp.gate_proj.weight`,
    up: `model.layers.${index}.mlp.up_proj.weight`,
    down: `model.layers.${index}.mlp.down_proj.weight`,
  }),
};

/** A bias lies beside its weight under the same name. */
export function biasName(weight: string): string {
  return weight.replace(/weight$/, 'bias');
}
