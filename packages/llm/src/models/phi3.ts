import { ggufNames, hfNames } from '../weights/tensor-names.js';
import type { DecoderFamily } from './family.js';
import { readGguf } from './gguf-config.js';
import { readHfConfig, slidingFromHf } from './hf-config.js';

/** Phi-3, Phi-3.5, Phi-4 and their minis: fused projections, long contexts by longrope. */
export const phi3: DecoderFamily = {
  name: 'Phi-3',
  modelTypes: ['phi3'],
  fromHf: (json, file) => {
    const { hf, config } = readHfConfig(json, file);
    return { ...config, ...slidingFromHf(hf, file, () => true) };
  },
  hfNames: hfNames({ fused: true }),
  gguf: { architecture: 'phi3', read: readGguf, names: ggufNames({ fused: true }), interleaved: false },
};
