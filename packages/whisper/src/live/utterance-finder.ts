import { type VadSettings, vadSettings } from '@ferrum/audio';
import type { VadOptions } from '@ferrum/interfaces';
import { sampleRate } from './live-audio.js';

/** Speech between two silences, in samples since the beginning. */
export interface Utterance {
  readonly start: number;
  readonly end: number;
}

/** Of the voice activity detector: one probability each. */
const windowSamples = 512;
/** A window of the model has room for a little more. */
const longestSeconds = 28;
/** Speech that grows too long is divided where it is least likely speech, in its second half. */
const earliestCut = 0.5;

/** Finds utterances while they are spoken. The defaults are those of short silences: captions should not wait. */
export class UtteranceFinder {
  readonly #settings: VadSettings;
  readonly #longest: number;
  /** Where the utterance under way starts, padding included. */
  #start: number | undefined;
  /** Where its speech ends, if it does. */
  #silenceStart: number | undefined;
  /** Where its first probability belongs, and all since. */
  #probabilities: { readonly from: number; readonly values: number[] } = { from: 0, values: [] };
  #position = 0;
  /** Padding does not reach into the utterance before. */
  #previousEnd = 0;

  /** @throws FerrumError `InvalidParameter` for an option out of range */
  constructor(options: VadOptions) {
    this.#settings = vadSettings({ minSilenceDurationMs: 1000, ...options });
    this.#longest = Math.min(options.maxSpeechDurationSeconds ?? longestSeconds, longestSeconds) * sampleRate;
  }

  /** Where the utterance under way starts; undefined in silence, and while it is so short that it may still be dropped. */
  get start(): number | undefined {
    return this.#spoken(this.#position) > this.#settings.minSpeechSamples ? this.#start : undefined;
  }

  /** What comes before is of no use any more. */
  get keptFrom(): number {
    return this.#start ?? Math.max(this.#previousEnd, this.#position - this.#settings.speechPadSamples);
  }

  /** @param probabilities of the next windows @returns utterances that are over */
  add(probabilities: Float32Array): Utterance[] {
    const over: Utterance[] = [];
    for (const probability of probabilities) {
      const utterance = this.#add(probability);
      if (utterance) over.push(utterance);
    }
    return over;
  }

  /** @returns the utterance that the end of the audio ends */
  finish(end: number): Utterance | undefined {
    return this.#start === undefined ? undefined : this.#close(end);
  }

  #add(probability: number): Utterance | undefined {
    const position = this.#position;
    this.#position += windowSamples;
    if (this.#start === undefined) {
      if (probability < this.#settings.threshold) return undefined;
      this.#start = Math.max(this.#previousEnd, position - this.#settings.speechPadSamples);
      this.#probabilities = { from: position, values: [] };
      this.#silenceStart = undefined;
    }
    this.#probabilities.values.push(probability);
    if (probability >= this.#settings.threshold) this.#silenceStart = undefined;
    else if (probability < this.#settings.negThreshold) this.#silenceStart ??= position;
    const isOver =
      this.#silenceStart !== undefined && this.#position - this.#silenceStart >= this.#settings.minSilenceSamples;
    if (isOver)
      return this.#close(Math.min(this.#position, (this.#silenceStart as number) + this.#settings.speechPadSamples));
    return this.#position - this.#start > this.#longest ? this.#divide() : undefined;
  }

  #close(end: number): Utterance | undefined {
    const start = this.#start as number;
    const spoken = this.#spoken(end);
    this.#start = undefined;
    this.#silenceStart = undefined;
    // A silence that began before the speech was divided may end before what was given out.
    this.#previousEnd = Math.max(this.#previousEnd, end);
    return spoken > this.#settings.minSpeechSamples ? { start, end } : undefined;
  }

  /** Samples of speech in the utterance under way, padding excluded, if it ends at `end`. */
  #spoken(end: number): number {
    return (this.#silenceStart ?? end) - this.#probabilities.from;
  }

  /** Ends the utterance where it is least likely speech, and goes on from there. */
  #divide(): Utterance {
    const start = this.#start as number;
    const { from, values } = this.#probabilities;
    let least = Math.floor(values.length * earliestCut);
    for (let i = least; i < values.length; i++) if ((values[i] as number) <= (values[least] as number)) least = i;
    const cut = from + least * windowSamples;
    this.#start = cut;
    this.#previousEnd = cut;
    this.#probabilities = { from: cut, values: values.slice(least) };
    return { start, end: cut };
  }
}
