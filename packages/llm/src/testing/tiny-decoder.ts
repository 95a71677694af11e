import type { DecoderConfig } from '../architecture/decoder-config.js';
import type { GgufValue } from './gguf-bytes.js';
import { float32, type TestTensor } from './test-tensor.js';

/** A decoder about as small as the attention kernel takes; its rows are whole blocks of 32. */
export const tinyConfig: DecoderConfig = {
  architecture: 'llama',
  vocabularySize: 6,
  hiddenSize: 64,
  intermediateSize: 96,
  layers: 1,
  heads: 4,
  kvHeads: 2,
  headDim: 16,
  normEpsilon: 1e-5,
  rotary: { theta: 10000 },
  contextLength: 5,
  tiedEmbeddings: false,
};

/** GGUF metadata that says the same. */
export const tinyMetadata: Readonly<Record<string, GgufValue>> = {
  'general.architecture': 'llama',
  'llama.vocab_size': 6,
  'llama.embedding_length': 64,
  'llama.feed_forward_length': 96,
  'llama.block_count': 1,
  'llama.attention.head_count': 4,
  'llama.attention.head_count_kv': 2,
  'llama.attention.layer_norm_rms_epsilon': 1e-5,
  'llama.context_length': 5,
};

/** Its tokenizer. */
export const tinyTokenizer: Readonly<Record<string, GgufValue>> = {
  'tokenizer.ggml.model': 'gpt2',
  'tokenizer.ggml.pre': 'gpt-2',
  'tokenizer.ggml.tokens': ['a', 'b', 'ab', 'd', 'e', 'f'],
  'tokenizer.ggml.merges': ['a b'],
};

/** Its weights by GGUF names. */
export const tinyTensors: Readonly<Record<string, TestTensor>> = {
  'token_embd.weight': float32([6, 64]),
  'blk.0.attn_norm.weight': float32([64]),
  'blk.0.attn_q.weight': float32([64, 64]),
  'blk.0.attn_k.weight': float32([32, 64]),
  'blk.0.attn_v.weight': float32([32, 64]),
  'blk.0.attn_output.weight': float32([64, 64]),
  'blk.0.ffn_norm.weight': float32([64]),
  'blk.0.ffn_gate.weight': float32([96, 64]),
  'blk.0.ffn_up.weight': float32([96, 64]),
  'blk.0.ffn_down.weight': float32([64, 96]),
  'output_norm.weight': float32([64]),
  'output.weight': float32([6, 64]),
};
