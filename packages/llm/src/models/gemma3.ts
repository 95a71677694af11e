import { wholeNumber } from '@ferrum/models';
import * as v from 'valibot';
import { ggufNames, hfNames } from '../weights/tensor-names.js';
import type { DecoderFamily } from './family.js';
import { gemmaDefaults, gemmaFields, gemmaTraits } from './gemma2.js';
import { readGguf, slidingFromGguf } from './gguf-config.js';
import { readHfConfig, readOwn, requireField, rotaryObject, slidingFromHf } from './hf-config.js';
import { rotaryFromHf } from './hf-rotary.js';

/** Five layers slide for each that does not, and rotate by a base of their own. */
const period = 6;
const localTheta = 10_000;

/** Gemma 3 (Kamath et al. 2025), its language model. */
export const gemma3: DecoderFamily = {
  name: 'Gemma 3',
  modelTypes: ['gemma3_text'],
  fromHf: (json, file) => {
    const { hf, config } = readHfConfig(json, file, { ...gemmaDefaults, theta: 1_000_000 });
    const own = readOwn(
      {
        ...gemmaFields,
        sliding_window_pattern: v.optional(wholeNumber, period),
        rope_local_base_freq: v.optional(v.number(), localTheta),
      },
      json,
      file,
    );
    requireField(file, 'use_bidirectional_attention', own.use_bidirectional_attention, false);
    const perType = hf.rope_parameters ? rotaryObject(hf, 'sliding_attention', file) : undefined;
    const local = {
      theta: own.rope_local_base_freq,
      headDim: config.headDim,
      contextLength: config.contextLength,
      file,
    };
    return {
      ...config,
      ...slidingFromHf(hf, file, (layer) => (layer + 1) % own.sliding_window_pattern !== 0),
      ...gemmaTraits(config, own),
      slidingRotary: rotaryFromHf(perType, local),
      queryKeyNorm: true,
    };
  },
  hfNames: hfNames({ sandwichNorms: true, normOffset: 1 }),
  gguf: {
    architecture: 'gemma3',
    read: (metadata) => {
      const config = readGguf(metadata);
      return {
        ...config,
        ...slidingFromGguf(metadata, config, period),
        ...gemmaTraits(config, {
          query_pre_attn_scalar: config.layers === 62 ? config.hiddenSize / config.heads : config.headDim,
          final_logit_softcapping: metadata.number('final_logit_softcapping'),
        }),
        slidingRotary: { theta: metadata.number('rope.freq_base_swa') ?? localTheta },
        activation: 'gelu-tanh',
        queryKeyNorm: true,
      };
    },
    names: ggufNames(),
    interleaved: false,
  },
};
