import { ggufNames, hfNames } from '../weights/tensor-names.js';
import type { DecoderFamily } from './family.js';
import { readGguf, readGgufExperts } from './gguf-config.js';
import { readHfConfig } from './hf-config.js';

/** Llama 1 to 3, and who took its shape: SmolLM2, TinyLlama, Yi … GGUF files of Mistral and Mixtral say llama too. */
export const llama: DecoderFamily = {
  name: 'Llama',
  modelTypes: ['llama'],
  fromHf: (json, file) => readHfConfig(json, file).config,
  hfNames: hfNames(),
  gguf: {
    architecture: 'llama',
    read: (metadata) => ({ ...readGguf(metadata), ...readGgufExperts(metadata, true) }),
    names: ggufNames(),
    interleaved: true,
  },
};
