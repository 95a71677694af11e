export { jointTypes, textTypes } from './architecture/text/supported.js';
export { type ClassifyImageOptions, classifyImage, type ImageLabel, type ImageTextLikeness } from './classify-image.js';
export { BatchEmbedEngine } from './engine/batch-embed-engine.js';
export { BatchRerankEngine } from './engine/batch-rerank-engine.js';
export type { EmbedEngineOptions, RerankEngineOptions } from './engine/engine-options.js';
export { openEmbedEngine } from './open-embed-engine.js';
export { openRerankEngine } from './open-rerank-engine.js';
export { plugin } from './plugin.js';
