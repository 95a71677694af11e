import { wholeNumber } from '@ferrum/models';
import { ggufNames, hfNames } from '../weights/tensor-names.js';
import type { DecoderFamily } from './family.js';
import { readGgufExperts } from './gguf-config.js';
import { graniteFromGguf, graniteFromHf } from './granite.js';
import { readOwn } from './hf-config.js';

/** Granite 3 with experts in every layer. A softmax over the chosen scores alone is one over all of them, normalised. */
export const graniteMoe: DecoderFamily = {
  name: 'Granite-MoE',
  modelTypes: ['granitemoe'],
  fromHf: (json, file) => {
    const config = graniteFromHf(json, file);
    const own = readOwn({ num_local_experts: wholeNumber, num_experts_per_tok: wholeNumber }, json, file);
    return {
      ...config,
      experts: {
        count: own.num_local_experts,
        active: own.num_experts_per_tok,
        intermediateSize: config.intermediateSize,
        normalized: true,
      },
    };
  },
  hfNames: hfNames({ experts: 'granite' }),
  gguf: {
    architecture: 'granitemoe',
    read: (metadata) => ({ ...graniteFromGguf(metadata), ...readGgufExperts(metadata, true) }),
    names: ggufNames(),
    interleaved: true,
  },
};
