import {
  type SpeechSpan,
  SpeechTimeMap,
  speechTimestamps,
  spliceWaveform,
  type VoiceActivityDetector,
  type Waveform,
} from '@ferrum/audio';
import type { TranscriptionSegment } from '@ferrum/interfaces';
import { windowFrames as framesOf } from '../architecture/whisper-config.js';
import { type DetectedLanguage, detectLanguage, detectLanguageOf } from './detect-language.js';
import type { SegmentDraft } from './segment-draft.js';
import { framesPerSecond, type SpeechModel } from './speech-model.js';
import { transcribeGroups } from './transcribe-groups.js';
import { type Clip, type TranscriptionJob, transcribeInOrder } from './transcribe-in-order.js';
import type { TranscribeSettings } from './transcribe-settings.js';
import { WindowFeatures } from './window-features.js';

export interface Transcription {
  readonly language: string;
  readonly languageProbability: number;
  readonly languageProbabilities?: Readonly<Record<string, number>>;
  /** To be read once, and by all means: they may hold a window until then. */
  readonly segments: AsyncGenerator<TranscriptionSegment>;
}

/** Finds the language of an audio and tells `onStart`; its segments are then found as they are read. */
export async function transcribeWaveform(
  model: SpeechModel,
  wave: Waveform,
  settings: TranscribeSettings,
  openDetector: () => Promise<VoiceActivityDetector>,
): Promise<Transcription> {
  const { signal } = settings;
  const spans = settings.vadFilter ? await findSpeech(wave, settings, await openDetector()) : undefined;
  const heard = spans ? spliceWaveform(wave, spans) : wave;
  const features = new WindowFeatures(model.logMel, heard, framesOf(model.config), signal);
  const clips = clipsOf(settings, features.frames);
  const { detected, first } = await findLanguage(model, features, clips, settings);
  const language = detected?.language ?? settings.language ?? 'en';
  const start = {
    language,
    languageProbability: detected?.probability ?? 1,
    ...(detected ? { languageProbabilities: detected.probabilities } : {}),
  };
  try {
    settings.onStart?.({ ...start, duration: wave.duration });
  } catch (error) {
    // What would let it go has not begun.
    if (first) model.loop.release(first.window);
    throw error;
  }
  const report = progressOf(settings, heard, wave);
  const drafts =
    spans && settings.batchSize > 1
      ? transcribeGroups({ model, wave, spans, settings, language, ...report })
      : transcribeInOrder({ model, features, settings, language, clips, heard: first, ...report });
  const within = endWith(drafts, heard.duration);
  return { ...start, segments: number(spans ? restoreTimes(within, spans) : within) };
}

async function findSpeech(
  wave: Waveform,
  { vadParameters, signal }: TranscribeSettings,
  detector: VoiceActivityDetector,
): Promise<readonly SpeechSpan[]> {
  const probabilities = await detector.probabilities(wave, { signal });
  return speechTimestamps(probabilities, wave.length, vadParameters);
}

function clipsOf({ clipTimestamps }: TranscribeSettings, frames: number): Clip[] {
  if (clipTimestamps.length === 0) return [{ start: 0, end: frames }];
  return clipTimestamps.map(({ start, end }) => ({
    start: Math.round(start * framesPerSecond),
    end: Math.min(frames, end === undefined ? frames : Math.round(end * framesPerSecond)),
  }));
}

/** Without a language given, a multilingual model hears what it is; the window heard for it is kept for the text. */
async function findLanguage(
  model: SpeechModel,
  features: WindowFeatures,
  clips: readonly Clip[],
  settings: TranscribeSettings,
): Promise<{ detected?: DetectedLanguage; first?: TranscriptionJob['heard'] }> {
  const { tokens, loop, config } = model;
  const { language, signal } = settings;
  if (!tokens.isMultilingual || language !== undefined) return {};
  let first: TranscriptionJob['heard'];
  const start = clips.find((clip) => clip.start < features.frames)?.start ?? 0;
  const length = framesOf(config);
  async function* windows() {
    for (let index = 0; index < settings.languageDetectionSegments; index++) {
      const from = start + index * length;
      if (index > 0 && from >= features.frames) return;
      // Who held one window while waiting for another could wait for ever for others who do the same.
      if (first) loop.release(first.window);
      first = undefined;
      const count = Math.max(0, Math.min(length, features.frames - from));
      const { features: mel, isAudible } = await features.window(from, count);
      const window = await loop.encode(mel, signal, 'Detecting the language');
      const isKept = index === 0 && isAudible;
      if (isKept) first = { window, start: from, count };
      try {
        yield await detectLanguage(model, window, signal);
      } finally {
        if (!isKept) loop.release(window);
      }
    }
  }
  try {
    const detected = await detectLanguageOf(windows(), settings.languageDetectionThreshold);
    const usesGroups = settings.vadFilter && settings.batchSize > 1;
    if (first && usesGroups) {
      loop.release(first.window);
      first = undefined;
    }
    return { ...(detected ? { detected } : {}), first };
  } catch (error) {
    if (first) loop.release(first.window);
    throw error;
  }
}

function progressOf({ onProgress }: TranscribeSettings, heard: Waveform, wave: Waveform) {
  if (!onProgress) return {};
  // Progress is that of the whole audio, however much of it is speech.
  const share = heard.duration > 0 ? wave.duration / heard.duration : 1;
  const onSeek = (seconds: number) => {
    onProgress({ completed: Math.min(wave.duration, seconds * share), total: wave.duration });
  };
  return { onSeek };
}

async function* number(drafts: AsyncIterable<SegmentDraft>): AsyncGenerator<TranscriptionSegment> {
  let id = 0;
  for await (const draft of drafts) {
    yield { id, ...draft };
    id += 1;
  }
}

/** A model may hear an end in the silence that fills its last window: no time is after the end of the audio. */
async function* endWith(drafts: AsyncIterable<SegmentDraft>, seconds: number): AsyncGenerator<SegmentDraft> {
  const cut = <Timed extends { readonly start: number; readonly end: number }>(timed: Timed): Timed => {
    const start = Math.min(timed.start, seconds);
    return { ...timed, start, end: Math.max(start, Math.min(timed.end, seconds)) };
  };
  for await (const draft of drafts) {
    yield cut(draft.words ? { ...draft, words: draft.words.map(cut) } : draft);
  }
}

/** From times in the speech joined to those in the audio. */
async function* restoreTimes(
  drafts: AsyncIterable<SegmentDraft>,
  spans: readonly SpeechSpan[],
): AsyncGenerator<SegmentDraft> {
  const map = new SpeechTimeMap(spans);
  for await (const draft of drafts) {
    const words = draft.words?.map((word) => {
      const spanIndex = map.spanIndex((word.start + word.end) / 2);
      const start = map.originalTime(word.start, { spanIndex });
      return { ...word, start, end: map.originalTime(word.end, { spanIndex }) };
    });
    const first = words?.[0];
    const last = words?.at(-1);
    yield {
      ...draft,
      ...(words ? { words } : {}),
      start: first ? first.start : map.originalTime(draft.start),
      end: last ? last.end : map.originalTime(draft.end, { isEnd: true }),
    };
  }
}
