export type { WhisperEngineOptions } from './engine/engine-options.js';
export { WhisperEngine } from './engine/whisper-engine.js';
export { formatTranscription, type TranscriptionFormat, transcriptionFormats } from './format/format-transcription.js';
export type { SubtitleOptions } from './format/subtitle-options.js';
export {
  createTranscriptionWriter,
  type StreamedTranscriptionFormat,
  streamedTranscriptionFormats,
  type TranscriptionWriter,
} from './format/transcription-writer.js';
export { toVerboseJson, type VerboseJson } from './format/verbose-json.js';
export { openWhisperEngine } from './open-whisper-engine.js';
export { plugin } from './plugin.js';
export { languageNames, parseLanguage } from './tokens/languages.js';
export { joinSegments } from './transcribe/join-segments.js';
