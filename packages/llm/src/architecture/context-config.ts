import type { DecoderConfig } from './decoder-config.js';

/**
 * The decoder as an engine that holds at most so many tokens should build it. Longrope has other frequencies for sequences
 * beyond the original context, and keys already cached cannot change theirs, so the choice is made once, by the longest
 * sequence there can be, as in llama.cpp. transformers goes by the sequence at hand.
 * @param contextLength in tokens; undefined: all that the model was trained for
 */
export function configForContext(config: DecoderConfig, contextLength: number | undefined): DecoderConfig {
  const { scaling } = config.rotary;
  if (scaling?.type !== 'longrope' || contextLength === undefined) return config;
  if (contextLength > scaling.originalContextLength) return config;
  return { ...config, rotary: { ...config.rotary, scaling: { ...scaling, longFactors: scaling.shortFactors } } };
}
