export { type DecodedBlock, decodeAudio } from './decode/decode-audio.js';
export { warmDecoder } from './decode/decoding-threads.js';
export type { LoadOptions } from './decode/load-options.js';
export { createResampler, type Resampler } from './decode/resampler.js';
export {
  type AudioFormat,
  type AudioFormatInfo,
  audioFormatInfo,
  audioFormats,
  type BitRates,
} from './encode/audio-format.js';
export { encodeAudio } from './encode/encode-audio.js';
export type { SampleChunks } from './encode/encode-blocks.js';
export type { EncodeOptions } from './encode/encode-options.js';
export { type WrittenAudio, writeAudioFile } from './encode/write-audio-file.js';
export { type ComputeOptions, frameCount, LogMel, type LogMelOptions } from './features/log-mel.js';
export { whisperNormalize } from './features/whisper-normalize.js';
export { LoudnessLeveler, type LoudnessLevelerOptions } from './loudness/loudness-leveler.js';
export { integratedLoudness } from './loudness/loudness-meter.js';
export {
  formatTranscription,
  type TranscriptionFormat,
  transcriptionFormats,
} from './transcript/format-transcription.js';
export { joinSegments } from './transcript/join-segments.js';
export { languageNames, parseLanguage } from './transcript/languages.js';
export type { SubtitleOptions } from './transcript/subtitle-options.js';
export {
  createTranscriptionWriter,
  type StreamedTranscriptionFormat,
  streamedTranscriptionFormats,
  type TranscriptionWriter,
} from './transcript/transcription-writer.js';
export { toVerboseJson, type VerboseJson } from './transcript/verbose-json.js';
export { mergeSpans, type SpanGroup } from './vad/merge-spans.js';
export type { SpeechSpan } from './vad/speech-span.js';
export { type OriginalTimeOptions, SpeechTimeMap } from './vad/speech-time-map.js';
export { speechTimestamps } from './vad/speech-timestamps.js';
export { spliceWaveform } from './vad/splice-waveform.js';
export { type VadSettings, vadSettings } from './vad/vad-settings.js';
export {
  type ProbabilitiesOptions,
  VoiceActivityDetector,
  type VoiceActivityDetectorOptions,
  windowCount,
} from './vad/voice-activity-detector.js';
export type { VoiceActivityStream } from './vad/voice-activity-stream.js';
export { loadWaveform } from './waveform/load-waveform.js';
export type { Waveform } from './waveform/waveform.js';
