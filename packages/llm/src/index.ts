export type { DecoderConfig } from './architecture/decoder-config.js';
export { supportedArchitectures } from './architecture/supported.js';
export { DefaultInferenceEngine, type DefaultInferenceEngineParts } from './engine/default-inference-engine.js';
export type { LlmEngineOptions } from './engine/engine-options.js';
export type { TokenScore } from './engine/score-tokens.js';
export { openEngine } from './open-engine.js';
export { plugin } from './plugin.js';
export { Sampler, type SamplerOptions } from './sampling/sampler.js';
