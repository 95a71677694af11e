import * as v from 'valibot';
import type { DecoderConfig } from '../architecture/decoder-config.js';
import { ggufNames, hfNames } from '../weights/tensor-names.js';
import type { DecoderFamily } from './family.js';
import { readGguf, slidingFromGguf } from './gguf-config.js';
import { readHfConfig, readOwn, requireField, slidingFromHf } from './hf-config.js';

const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));

/** Fields of `transformers`' Gemma configurations beyond the common ones. */
export const gemmaFields = {
  query_pre_attn_scalar: v.optional(positive, 256),
  attn_logit_softcapping: v.nullish(positive),
  final_logit_softcapping: v.nullish(positive),
  use_bidirectional_attention: v.nullish(v.boolean()),
};

/** What every Gemma of generation 2 and 3 has. */
export function gemmaTraits(
  { hiddenSize }: DecoderConfig,
  own: {
    readonly query_pre_attn_scalar: number;
    readonly attn_logit_softcapping?: number | null | undefined;
    readonly final_logit_softcapping?: number | null | undefined;
  },
): Partial<DecoderConfig> {
  return {
    embeddingScale: Math.sqrt(hiddenSize),
    sandwichNorms: true,
    attentionScale: 1 / Math.sqrt(own.query_pre_attn_scalar),
    ...(own.attn_logit_softcapping ? { attentionSoftcap: own.attn_logit_softcapping } : {}),
    ...(own.final_logit_softcapping ? { logitSoftcap: own.final_logit_softcapping } : {}),
  };
}

/** Defaults that `transformers` leaves out of Gemma's config.json. */
export const gemmaDefaults = { tiedEmbeddings: true, activation: 'gelu_pytorch_tanh', headDim: 256 } as const;

/** Gemma 2 (Riviere et al. 2024): every other layer slides, soft caps on scores and logits, a norm on either side. */
export const gemma2: DecoderFamily = {
  name: 'Gemma 2',
  modelTypes: ['gemma2'],
  fromHf: (json, file) => {
    const { hf, config } = readHfConfig(json, file, gemmaDefaults);
    const own = readOwn(gemmaFields, json, file);
    requireField(file, 'use_bidirectional_attention', own.use_bidirectional_attention, false);
    return { ...config, ...slidingFromHf(hf, file, (layer) => layer % 2 === 0), ...gemmaTraits(config, own) };
  },
  hfNames: hfNames({ sandwichNorms: true, normOffset: 1 }),
  gguf: {
    architecture: 'gemma2',
    read: (metadata) => {
      const config = readGguf(metadata);
      return {
        ...config,
        ...slidingFromGguf(metadata, config, 2),
        ...gemmaTraits(config, {
          // The 27B model, of 46 layers, divides by hidden size / heads; llama.cpp tells it so too.
          query_pre_attn_scalar: config.layers === 46 ? config.hiddenSize / config.heads : config.headDim,
          attn_logit_softcapping: metadata.number('attn_logit_softcapping') ?? 50,
          final_logit_softcapping: metadata.number('final_logit_softcapping') ?? 30,
        }),
        activation: 'gelu-tanh',
      };
    },
    names: ggufNames(),
    interleaved: false,
  },
};
