export type { WhisperEngineOptions } from './engine/engine-options.js';
export { WhisperEngine } from './engine/whisper-engine.js';
export { openWhisperEngine } from './open-whisper-engine.js';
export { plugin } from './plugin.js';
