export { EspeakPhonemizer } from './espeak-phonemizer.js';
export { plugin } from './plugin.js';
