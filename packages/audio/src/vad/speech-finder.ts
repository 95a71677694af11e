import { type SpeechSpan, sampleRate } from './speech-span.js';
import type { VadSettings } from './vad-settings.js';

/** Finds spans of speech in probabilities that come window by window. Positions are the windows' first samples. */
export class SpeechFinder {
  readonly #settings: VadSettings;
  readonly #spans: SpeechSpan[] = [];
  /** Of the speech under way. */
  #start: number | undefined;
  /** Of the silence under way within it. */
  #silenceStart: number | undefined;
  /** Where speech that grows too long is cut: the last silence worth it, and where speech went on after it. */
  #cut: { readonly end: number; resume: number | undefined } | undefined;

  constructor(settings: VadSettings) {
    this.#settings = settings;
  }

  add(position: number, probability: number): void {
    const isSpeech = probability >= this.#settings.threshold;
    if (isSpeech && this.#silenceStart !== undefined) {
      this.#silenceStart = undefined;
      if (this.#cut !== undefined) this.#cut.resume ??= position;
    }
    if (this.#start === undefined) {
      if (isSpeech) this.#start = position;
      return;
    }
    if (position - this.#start > this.#settings.maxSpeechSamples) this.#split(this.#start, position);
    if (this.#start !== undefined && probability < this.#settings.negThreshold)
      this.#hearSilence(this.#start, position);
  }

  /** @returns all spans; speech that is under way lasts to the end of the audio */
  finish(length: number): readonly SpeechSpan[] {
    if (this.#start !== undefined) this.#keep(this.#start, length);
    this.#next(undefined);
    return this.#spans;
  }

  #split(start: number, position: number): void {
    this.#spans.push({ start, end: this.#cut?.end ?? position });
    this.#next(this.#cut?.resume);
  }

  #hearSilence(start: number, position: number): void {
    this.#silenceStart ??= position;
    const silence = position - this.#silenceStart;
    if (silence > shortestCut && this.#cut?.end !== this.#silenceStart) {
      this.#cut = { end: this.#silenceStart, resume: undefined };
    }
    if (silence < this.#settings.minSilenceSamples) return;
    this.#keep(start, this.#silenceStart);
    this.#next(undefined);
  }

  #keep(start: number, end: number): void {
    if (end - start > this.#settings.minSpeechSamples) this.#spans.push({ start, end });
  }

  #next(start: number | undefined): void {
    this.#start = start;
    this.#silenceStart = undefined;
    this.#cut = undefined;
  }
}

/** 98 ms. */
const shortestCut = (sampleRate * 98) / 1000;
