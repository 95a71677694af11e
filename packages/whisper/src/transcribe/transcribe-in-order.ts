import { windowFrames as framesOf } from '../architecture/whisper-config.js';
import type { HeardWindow } from '../engine/decoding-jobs.js';
import { dropHallucinations, lastWordEnd } from '../words/hallucinations.js';
import { decodeWindow, isSilent } from './decode-window.js';
import { detectLanguage } from './detect-language.js';
import { initialTokens, windowPrompt } from './prompt.js';
import { randomNumbers } from './random-numbers.js';
import { draftSegments, type SegmentDraft } from './segment-draft.js';
import { framesPerSecond, type SpeechModel } from './speech-model.js';
import { type SplitWindow, splitSegments } from './split-segments.js';
import { alignSegments, timeSegments } from './time-words.js';
import type { TranscribeSettings } from './transcribe-settings.js';
import type { WindowFeatures } from './window-features.js';

/** A part of the audio, in frames. */
export interface Clip {
  readonly start: number;
  readonly end: number;
}

export interface TranscriptionJob {
  readonly model: SpeechModel;
  readonly features: WindowFeatures;
  readonly settings: TranscribeSettings;
  readonly language: string;
  /** In order. */
  readonly clips: readonly Clip[];
  /** The first window, if it has been heard already. */
  readonly heard?: { readonly window: HeardWindow; readonly start: number; readonly count: number } | undefined;
  /** How far it is, in seconds. */
  readonly onSeek?: (seconds: number) => void;
}

/**
 * Transcribes window after window: each begins where the last segment of the one before ends, and is told its text. The loop of
 * openai/whisper's `transcribe`, with the options of faster-whisper 1.2.
 */
export async function* transcribeInOrder(job: TranscriptionJob): AsyncGenerator<SegmentDraft> {
  const windows = new WindowSequence(job);
  try {
    for (const clip of job.clips) {
      let seek = clip.start;
      while (seek < clip.end) {
        const { segments, next } = await windows.transcribe(seek, Math.min(clip.end, job.features.frames));
        yield* segments;
        job.onSeek?.(Math.min(next, clip.end) / framesPerSecond);
        seek = next;
      }
    }
  } finally {
    windows.dispose();
  }
}

/** Carries from one window to the next what it is to know. */
class WindowSequence {
  readonly #random = randomNumbers();
  readonly #windowFrames: number;
  /** Tokens of the text so far that a window is told. */
  #written: readonly number[];
  #lastSpeechEnd = 0;
  #heard: TranscriptionJob['heard'];

  constructor(private readonly job: TranscriptionJob) {
    this.#windowFrames = framesOf(job.model.config);
    this.#heard = job.heard;
    this.#written = initialTokens(job.model.tokens, job.settings);
  }

  async transcribe(seek: number, end: number): Promise<{ segments: SegmentDraft[]; next: number }> {
    const { model } = this.job;
    const count = Math.min(this.#windowFrames, end - seek);
    const window = await this.#hear(seek, count);
    if (!window) return { segments: [], next: seek + count };
    try {
      return await this.#transcribe(window, seek, count);
    } finally {
      model.loop.release(window);
    }
  }

  /** Lets the first window go, if it was not wanted. */
  dispose(): void {
    if (this.#heard) this.job.model.loop.release(this.#heard.window);
    this.#heard = undefined;
  }

  /** Nothing comes of a window in which nothing can be heard. */
  async #hear(start: number, count: number): Promise<HeardWindow | undefined> {
    const { model, features, settings } = this.job;
    const heard = this.#heard;
    this.#heard = undefined;
    if (heard?.start === start && heard.count === count) return heard.window;
    if (heard) model.loop.release(heard.window);
    const window = await features.window(start, count);
    if (!window.isAudible) return undefined;
    return model.loop.encode(window.features, settings.signal, 'Transcribing');
  }

  async #transcribe(window: HeardWindow, seek: number, count: number) {
    const { model, settings, features } = this.job;
    const { tokens, config } = model;
    const language = settings.multilingual
      ? (await detectLanguage(model, window, settings.signal)).language
      : this.job.language;
    const parts = { language, previous: this.#written, hasPrefix: seek === this.job.clips[0]?.start };
    const prompt = windowPrompt(tokens, settings, parts, config.maxTokens);
    const decoded = await decodeWindow(model, window, prompt, settings, this.#random);
    if (isSilent(decoded, settings)) return { segments: [], next: seek + count };
    const offset = seek / framesPerSecond;
    const { timestampBegin } = tokens;
    const split = splitSegments({ tokens: decoded.tokens, timestampBegin, offset, frames: count });
    // A window that ends where it starts would be transcribed for ever.
    const next = seek + (split.advance > 0 ? split.advance : count);
    if (!settings.wordTimestamps) {
      return {
        segments: this.#finish(draftSegments(split.segments, decoded, tokens, seek), decoded.temperature),
        next,
      };
    }
    const timed = await this.#timeWords(window, split, { seek, count, next, language });
    if (timed.decodesAgain) return { segments: [], next: timed.next };
    const drafts = draftSegments(timed.segments, decoded, tokens, seek);
    return { segments: this.#finish(drafts, decoded.temperature), next: Math.min(timed.next, features.frames) };
  }

  async #timeWords(
    window: HeardWindow,
    split: SplitWindow,
    { seek, count, next, language }: { seek: number; count: number; next: number; language: string },
  ) {
    const { model, settings, features } = this.job;
    const offset = seek / framesPerSecond;
    const lastSpeechEnd = this.#lastSpeechEnd;
    const words = await alignSegments(model, window, { segments: split.segments, language, frames: count }, settings);
    const { segments } = timeSegments(model, { segments: split.segments, words, offset, lastSpeechEnd }, settings);
    const wordsEnd = split.endsWithSingleTimestamp ? undefined : lastWordEnd(segments);
    const afterWords = wordsEnd !== undefined && wordsEnd > offset ? Math.round(wordsEnd * framesPerSecond) : next;
    const checked =
      settings.hallucinationSilenceThreshold === undefined
        ? { segments, seek: afterWords, decodesAgain: false }
        : dropHallucinations({
            segments,
            silenceThreshold: settings.hallucinationSilenceThreshold,
            windowSeek: seek,
            windowFrames: count,
            audioFrames: features.frames,
            seek: afterWords,
            lastSpeechEnd,
          });
    if (!checked.decodesAgain) this.#lastSpeechEnd = lastWordEnd(checked.segments) ?? lastSpeechEnd;
    return { ...checked, next: checked.seek > seek ? checked.seek : seek + count };
  }

  #finish(segments: SegmentDraft[], temperature: number): SegmentDraft[] {
    const { conditionOnPreviousText, promptResetOnTemperature } = this.job.settings;
    const isTold = conditionOnPreviousText && temperature <= promptResetOnTemperature;
    const { maxTokens } = this.job.model.config;
    // More than the decoder holds is never told.
    this.#written = isTold ? [...this.#written, ...segments.flatMap(({ tokens }) => tokens)].slice(-maxTokens) : [];
    return segments;
  }
}
