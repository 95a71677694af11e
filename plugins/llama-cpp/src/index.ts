export type { LlamaCppEmbedOptions, LlamaCppTextOptions } from './engine-options.js';
export { plugin } from './plugin.js';
