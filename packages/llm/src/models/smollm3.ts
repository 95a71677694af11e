import { wholeNumber } from '@ferrum/models';
import * as v from 'valibot';
import { ggufNames, hfNames } from '../weights/tensor-names.js';
import type { DecoderFamily } from './family.js';
import { readGguf } from './gguf-config.js';
import { readHfConfig, readOwn, slidingFromHf } from './hf-config.js';

/** Every fourth layer has no positions (Yang et al. 2025, "RoPE to NoPE and back again"). */
const interval = 4;

export const smollm3: DecoderFamily = {
  name: 'SmolLM3',
  modelTypes: ['smollm3'],
  fromHf: (json, file) => {
    const { hf, config } = readHfConfig(json, file, { tiedEmbeddings: true, theta: 2_000_000 });
    const own = readOwn(
      // A list of the layers that rotate, despite its name.
      { no_rope_layers: v.nullish(v.array(wholeNumber)), no_rope_layer_interval: v.optional(wholeNumber, interval) },
      json,
      file,
    );
    const rotates = (layer: number): boolean =>
      own.no_rope_layers ? own.no_rope_layers[layer] !== 0 : (layer + 1) % own.no_rope_layer_interval !== 0;
    return {
      ...config,
      ...(hf.use_sliding_window ? slidingFromHf(hf, file, (layer) => !rotates(layer)) : {}),
      rotatedLayers: Array.from({ length: config.layers }, (_, layer) => rotates(layer)),
    };
  },
  hfNames: hfNames(),
  gguf: {
    architecture: 'smollm3',
    read: (metadata) => {
      const config = readGguf(metadata);
      // No file says which.
      return {
        ...config,
        rotatedLayers: Array.from({ length: config.layers }, (_, layer) => (layer + 1) % interval !== 0),
      };
    },
    names: ggufNames(),
    interleaved: true,
  },
};
