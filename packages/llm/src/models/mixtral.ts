import { wholeNumber } from '@ferrum/models';
import { hfNames } from '../weights/tensor-names.js';
import type { DecoderFamily } from './family.js';
import { readHfConfig, readOwn, slidingFromHf } from './hf-config.js';

/** Mistral with experts (Jiang et al. 2024); in GGUF files it is a Llama. */
export const mixtral: DecoderFamily = {
  name: 'Mixtral',
  modelTypes: ['mixtral'],
  fromHf: (json, file) => {
    const { hf, config } = readHfConfig(json, file);
    const own = readOwn({ num_local_experts: wholeNumber, num_experts_per_tok: wholeNumber }, json, file);
    return {
      ...config,
      ...slidingFromHf(hf, file, () => true),
      experts: {
        count: own.num_local_experts,
        active: own.num_experts_per_tok,
        intermediateSize: config.intermediateSize,
        normalized: true,
      },
    };
  },
  hfNames: hfNames({ experts: 'mixtral' }),
};
