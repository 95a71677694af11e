import { wholeNumber } from '@ferrum/models';
import * as v from 'valibot';
import type { DecoderConfig } from '../architecture/decoder-config.js';
import { ggufNames, hfNames } from '../weights/tensor-names.js';
import type { DecoderFamily } from './family.js';
import { readGguf } from './gguf-config.js';
import { type HfConfig, readHfConfig, readOwn, slidingFromHf } from './hf-config.js';

/** Qwen 2 and 2.5: biases on queries, keys and values, which the weights themselves bring. */
export const qwen2: DecoderFamily = {
  name: 'Qwen2',
  modelTypes: ['qwen2'],
  fromHf: (json, file) => {
    const { hf, config } = readHfConfig(json, file);
    return { ...config, ...qwenSliding(hf, json, file) };
  },
  hfNames: hfNames(),
  gguf: { architecture: 'qwen2', read: readGguf, names: ggufNames(), interleaved: false },
};

/** A window only where `use_sliding_window` says so, from layer `max_window_layers` on. */
export function qwenSliding(
  hf: HfConfig,
  json: unknown,
  file: string,
): Pick<DecoderConfig, 'slidingWindow' | 'slidingLayers'> {
  if (!hf.use_sliding_window) return {};
  const { max_window_layers: first } = readOwn({ max_window_layers: v.optional(wholeNumber, 28) }, json, file);
  return slidingFromHf(hf, file, (layer) => layer >= first);
}
