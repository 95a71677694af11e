import * as v from 'valibot';
import type { DecoderConfig } from '../architecture/decoder-config.js';
import { ggufNames, hfNames } from '../weights/tensor-names.js';
import type { DecoderFamily } from './family.js';
import { type GgufMetadata, readGguf } from './gguf-config.js';
import { readHfConfig, readOwn } from './hf-config.js';

const factor = v.optional(v.pipe(v.number(), v.finite(), v.gtValue(0)), 1);

/** IBM Granite 3: Llama with factors on embeddings, scores, residuals and logits. */
export const granite: DecoderFamily = {
  name: 'Granite',
  modelTypes: ['granite'],
  fromHf: graniteFromHf,
  hfNames: hfNames(),
  gguf: { architecture: 'granite', read: graniteFromGguf, names: ggufNames(), interleaved: true },
};

export function graniteFromHf(json: unknown, file: string): DecoderConfig {
  const { config } = readHfConfig(json, file);
  const own = readOwn(
    {
      embedding_multiplier: factor,
      attention_multiplier: factor,
      residual_multiplier: factor,
      logits_scaling: factor,
    },
    json,
    file,
  );
  return {
    ...config,
    ...factors(own.embedding_multiplier, own.attention_multiplier, own.residual_multiplier, own.logits_scaling),
  };
}

export function graniteFromGguf(metadata: GgufMetadata): DecoderConfig {
  const config = readGguf(metadata);
  return {
    ...config,
    ...factors(
      metadata.number('embedding_scale') ?? 1,
      metadata.number('attention.scale') ?? 1 / Math.sqrt(config.headDim),
      metadata.number('residual_scale') ?? 1,
      metadata.number('logit_scale') ?? 1,
    ),
  };
}

/** Logits are divided by theirs. */
function factors(embedding: number, attentionScale: number, residual: number, logits: number): Partial<DecoderConfig> {
  return {
    attentionScale,
    ...(embedding === 1 ? {} : { embeddingScale: embedding }),
    ...(residual === 1 ? {} : { residualScale: residual }),
    ...(logits === 1 ? {} : { logitScale: 1 / logits }),
  };
}
