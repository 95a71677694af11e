import { ggufNames, hfNames } from '../weights/tensor-names.js';
import type { DecoderFamily } from './family.js';
import { readGguf } from './gguf-config.js';
import { readHfConfig } from './hf-config.js';
import { qwenSliding } from './qwen2.js';

/** Qwen 3: each head of queries and keys is normalised. */
export const qwen3: DecoderFamily = {
  name: 'Qwen3',
  modelTypes: ['qwen3'],
  fromHf: (json, file) => {
    const { hf, config } = readHfConfig(json, file, { headDim: 128 });
    return { ...config, ...qwenSliding(hf, json, file), queryKeyNorm: true };
  },
  hfNames: hfNames(),
  gguf: {
    architecture: 'qwen3',
    read: (metadata) => ({ ...readGguf(metadata), queryKeyNorm: true }),
    names: ggufNames(),
    interleaved: false,
  },
};
