import { wholeNumber } from '@ferrum/models';
import * as v from 'valibot';
import { ggufNames, hfNames } from '../weights/tensor-names.js';
import type { DecoderFamily } from './family.js';
import { readGguf, readGgufExperts } from './gguf-config.js';
import { readHfConfig, readOwn, requireField } from './hf-config.js';
import { qwenSliding } from './qwen2.js';

/** Qwen 3 with experts in every layer. */
export const qwen3Moe: DecoderFamily = {
  name: 'Qwen3-MoE',
  modelTypes: ['qwen3_moe'],
  fromHf: (json, file) => {
    const { hf, config } = readHfConfig(json, file);
    const own = readOwn(
      {
        num_experts: v.optional(wholeNumber),
        // As transformers 5 writes it.
        num_local_experts: v.optional(wholeNumber),
        num_experts_per_tok: wholeNumber,
        moe_intermediate_size: wholeNumber,
        norm_topk_prob: v.optional(v.boolean(), false),
        decoder_sparse_step: v.optional(wholeNumber),
        mlp_only_layers: v.nullish(v.array(wholeNumber)),
      },
      json,
      file,
    );
    requireField(file, 'decoder_sparse_step', own.decoder_sparse_step, 1);
    requireField(file, 'mlp_only_layers (their number)', own.mlp_only_layers?.length, 0);
    return {
      ...config,
      ...qwenSliding(hf, json, file),
      queryKeyNorm: true,
      experts: {
        count: own.num_experts ?? own.num_local_experts ?? 0,
        active: own.num_experts_per_tok,
        intermediateSize: own.moe_intermediate_size,
        normalized: own.norm_topk_prob,
      },
    };
  },
  hfNames: hfNames(),
  gguf: {
    architecture: 'qwen3moe',
    read: (metadata) => ({ ...readGguf(metadata), ...readGgufExperts(metadata, true), queryKeyNorm: true }),
    names: ggufNames(),
    interleaved: false,
  },
};
