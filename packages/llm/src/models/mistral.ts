import { hfNames } from '../weights/tensor-names.js';
import type { DecoderFamily } from './family.js';
import { readHfConfig, slidingFromHf } from './hf-config.js';

/** Mistral 7B and after; in GGUF files it is a Llama. */
export const mistral: DecoderFamily = {
  name: 'Mistral',
  modelTypes: ['mistral'],
  fromHf: (json, file) => {
    const { hf, config } = readHfConfig(json, file);
    return { ...config, ...slidingFromHf(hf, file, () => true) };
  },
  hfNames: hfNames(),
};
