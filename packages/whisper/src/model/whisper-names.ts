/** Where a model's file keeps a layer y = x · Wᵀ + b. */
export interface LinearName {
  readonly weight: string;
  readonly bias: string;
  /** Of layers that the file joins, row after row, this one. */
  readonly slice?: { readonly index: number; readonly count: number };
}

export interface NormName {
  readonly scale: string;
  readonly shift: string;
}

export interface FeedForwardNames {
  readonly feedForwardNorm: NormName;
  readonly up: LinearName;
  readonly down: LinearName;
}

export interface EncoderLayerNames extends FeedForwardNames {
  readonly attentionNorm: NormName;
  readonly query: LinearName;
  readonly key: LinearName;
  readonly value: LinearName;
  readonly attentionOutput: LinearName;
}

export interface DecoderLayerNames extends FeedForwardNames {
  readonly selfNorm: NormName;
  readonly selfQuery: LinearName;
  readonly selfKey: LinearName;
  readonly selfValue: LinearName;
  readonly selfOutput: LinearName;
  readonly crossNorm: NormName;
  readonly crossQuery: LinearName;
  readonly crossKey: LinearName;
  readonly crossValue: LinearName;
  readonly crossOutput: LinearName;
}

/** What the tensors of a Whisper model are called. */
export interface WhisperNames {
  readonly firstConvolution: LinearName;
  readonly secondConvolution: LinearName;
  readonly encoderPositions: string;
  readonly encoderNorm: NormName;
  readonly encoderLayer: (layer: number) => EncoderLayerNames;
  readonly tokens: string;
  readonly decoderPositions: string;
  readonly decoderNorm: NormName;
  readonly decoderLayer: (layer: number) => DecoderLayerNames;
}

/** Those of Hugging Face's `WhisperForConditionalGeneration`. */
export const huggingFaceNames: WhisperNames = {
  firstConvolution: hfLinear('model.encoder.conv1'),
  secondConvolution: hfLinear('model.encoder.conv2'),
  encoderPositions: 'model.encoder.embed_positions.weight',
  encoderNorm: hfNorm('model.encoder.layer_norm'),
  encoderLayer: (layer) => {
    const name = `model.encoder.layers.${layer}`;
    return {
      attentionNorm: hfNorm(`${name}.self_attn_layer_norm`),
      query: hfLinear(`${name}.self_attn.q_proj`),
      key: hfLinear(`${name}.self_attn.k_proj`),
      value: hfLinear(`${name}.self_attn.v_proj`),
      attentionOutput: hfLinear(`${name}.self_attn.out_proj`),
      ...hfFeedForward(name),
    };
  },
  tokens: 'model.decoder.embed_tokens.weight',
  decoderPositions: 'model.decoder.embed_positions.weight',
  decoderNorm: hfNorm('model.decoder.layer_norm'),
  decoderLayer: (layer) => {
    const name = `model.decoder.layers.${layer}`;
    return {
      selfNorm: hfNorm(`${name}.self_attn_layer_norm`),
      selfQuery: hfLinear(`${name}.self_attn.q_proj`),
      selfKey: hfLinear(`${name}.self_attn.k_proj`),
      selfValue: hfLinear(`${name}.self_attn.v_proj`),
      selfOutput: hfLinear(`${name}.self_attn.out_proj`),
      crossNorm: hfNorm(`${name}.encoder_attn_layer_norm`),
      crossQuery: hfLinear(`${name}.encoder_attn.q_proj`),
      crossKey: hfLinear(`${name}.encoder_attn.k_proj`),
      crossValue: hfLinear(`${name}.encoder_attn.v_proj`),
      crossOutput: hfLinear(`${name}.encoder_attn.out_proj`),
      ...hfFeedForward(name),
    };
  },
};

/** Those of CTranslate2's `WhisperSpec`, which joins query, key and value. */
export const ctranslate2Names: WhisperNames = {
  firstConvolution: ctLinear('encoder/conv1'),
  secondConvolution: ctLinear('encoder/conv2'),
  encoderPositions: 'encoder/position_encodings/encodings',
  encoderNorm: ctNorm('encoder/layer_norm'),
  encoderLayer: (layer) => {
    const name = `encoder/layer_${layer}`;
    return {
      attentionNorm: ctNorm(`${name}/self_attention/layer_norm`),
      query: ctLinear(`${name}/self_attention/linear_0`, 0, 3),
      key: ctLinear(`${name}/self_attention/linear_0`, 1, 3),
      value: ctLinear(`${name}/self_attention/linear_0`, 2, 3),
      attentionOutput: ctLinear(`${name}/self_attention/linear_1`),
      ...ctFeedForward(name),
    };
  },
  tokens: 'decoder/embeddings/weight',
  decoderPositions: 'decoder/position_encodings/encodings',
  decoderNorm: ctNorm('decoder/layer_norm'),
  decoderLayer: (layer) => {
    const name = `decoder/layer_${layer}`;
    return {
      selfNorm: ctNorm(`${name}/self_attention/layer_norm`),
      selfQuery: ctLinear(`${name}/self_attention/linear_0`, 0, 3),
      selfKey: ctLinear(`${name}/self_attention/linear_0`, 1, 3),
      selfValue: ctLinear(`${name}/self_attention/linear_0`, 2, 3),
      selfOutput: ctLinear(`${name}/self_attention/linear_1`),
      crossNorm: ctNorm(`${name}/attention/layer_norm`),
      crossQuery: ctLinear(`${name}/attention/linear_0`),
      crossKey: ctLinear(`${name}/attention/linear_1`, 0, 2),
      crossValue: ctLinear(`${name}/attention/linear_1`, 1, 2),
      crossOutput: ctLinear(`${name}/attention/linear_2`),
      ...ctFeedForward(name),
    };
  },
};

function hfLinear(name: string): LinearName {
  return { weight: `${name}.weight`, bias: `${name}.bias` };
}

function hfNorm(name: string): NormName {
  return { scale: `${name}.weight`, shift: `${name}.bias` };
}

function hfFeedForward(name: string): FeedForwardNames {
  return {
    feedForwardNorm: hfNorm(`${name}.final_layer_norm`),
    up: hfLinear(`${name}.fc1`),
    down: hfLinear(`${name}.fc2`),
  };
}

function ctLinear(name: string, index?: number, count?: number): LinearName {
  const names = { weight: `${name}/weight`, bias: `${name}/bias` };
  return index === undefined || count === undefined ? names : { ...names, slice: { index, count } };
}

function ctNorm(name: string): NormName {
  return { scale: `${name}/gamma`, shift: `${name}/beta` };
}

function ctFeedForward(name: string): FeedForwardNames {
  return {
    feedForwardNorm: ctNorm(`${name}/ffn/layer_norm`),
    up: ctLinear(`${name}/ffn/linear_0`),
    down: ctLinear(`${name}/ffn/linear_1`),
  };
}
