export type { TtsEngineOptions } from './engine/engine-options.js';
export { SpeechEngine } from './engine/tts-engine.js';
export { listVoices, openTtsEngine } from './open-tts-engine.js';
export { plugin } from './plugin.js';
