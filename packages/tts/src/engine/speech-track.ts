import { LoudnessLeveler } from '@ferrum/audio';
import type { SpeechChunk, SpokenWord } from '@ferrum/interfaces';
import type { SpeechModel, Utterance } from '../voices/speech-model.js';
import type { SpeechUnit } from './speech-unit.js';
import { faded, speechRange } from './trim-silence.js';

export interface TrackOptions {
  /** In LUFS; undefined for the model's own level. */
  readonly loudness?: number | undefined;
  readonly wordTimestamps: boolean;
  /** Undefined for a chunk per unit. */
  readonly chunkFrames?: number | undefined;
}

type TrackModel = Pick<SpeechModel, 'sampleRate' | 'frameSamples' | 'leadingIds'>;

/** Joins utterances to one stream of speech: silence between them, no clicks, words with their times, chunks of the size asked for. */
export class SpeechTrack {
  readonly #leveler: LoudnessLeveler | undefined;
  readonly #chunkSamples: number | undefined;
  /** What does not fill a chunk yet. */
  #waiting: Float32Array[] = [];
  #waitingLength = 0;
  #words: SpokenWord[] = [];
  #warnings: string[] = [];
  /** Told once each. */
  readonly #warned = new Set<string>();
  /** Samples before those that wait. */
  #given = 0;
  #pause = 0;

  constructor(
    private readonly model: TrackModel,
    private readonly options: TrackOptions,
  ) {
    const { sampleRate, frameSamples } = model;
    const { loudness, chunkFrames } = options;
    this.#leveler = loudness === undefined ? undefined : new LoudnessLeveler({ sampleRate, target: loudness });
    this.#chunkSamples = chunkFrames === undefined ? undefined : chunkFrames * frameSamples;
  }

  /** In samples. */
  get length(): number {
    return this.#given + this.#waitingLength;
  }

  /** @returns the chunks that are full now */
  add(unit: SpeechUnit, utterance: Utterance): SpeechChunk[] {
    const { sampleRate } = this.model;
    const range = speechRange(utterance.samples, sampleRate);
    const cut = faded(utterance.samples, range, sampleRate);
    if (this.length > 0 && this.#pause > 0) this.#append(new Float32Array(Math.round(this.#pause * sampleRate)));
    this.#pause = unit.pause;
    if (this.options.wordTimestamps) this.#words.push(...this.#times(unit, utterance, range.start, cut.length));
    this.warn(unit.warnings);
    this.#append(this.#leveler?.level(cut) ?? cut);
    return this.#take(false);
  }

  /** Each is told once, with the next chunk. */
  warn(warnings: readonly string[]): void {
    for (const warning of warnings) {
      if (this.#warned.has(warning)) continue;
      this.#warned.add(warning);
      this.#warnings.push(warning);
    }
  }

  /** @returns the rest; a chunk without samples where there is only a warning left to be told */
  end(): SpeechChunk[] {
    const chunks = this.#take(true);
    if (this.#warnings.length > 0 && this.length > 0) chunks.push(this.#chunk(0));
    return chunks;
  }

  #append(samples: Float32Array): void {
    this.#waiting.push(samples);
    this.#waitingLength += samples.length;
  }

  #times({ words }: SpeechUnit, { durations }: Utterance, trimmed: number, length: number): SpokenWord[] {
    const { sampleRate, frameSamples, leadingIds } = this.model;
    const from = this.length;
    const ends = new Float64Array(durations.length + 1);
    for (let index = 0; index < durations.length; index += 1) {
      ends[index + 1] = (ends[index] as number) + (durations[index] as number) * frameSamples;
    }
    const at = (id: number) => {
      const sample = (ends[Math.min(id + leadingIds, durations.length)] as number) - trimmed;
      return (from + Math.min(Math.max(sample, 0), length)) / sampleRate;
    };
    return words.map(({ word, first, end }) => ({ word, start: at(first), end: at(end) }));
  }

  #take(isEnd: boolean): SpeechChunk[] {
    const size = this.#chunkSamples ?? this.#waitingLength;
    const chunks: SpeechChunk[] = [];
    while (this.#waitingLength > 0 && (this.#waitingLength >= size || isEnd)) {
      chunks.push(this.#chunk(Math.min(size, this.#waitingLength)));
    }
    return chunks;
  }

  #chunk(size: number): SpeechChunk {
    const samples = new Float32Array(size);
    let filled = 0;
    while (filled < size) {
      const [first] = this.#waiting;
      if (!first) break;
      const part = first.subarray(0, size - filled);
      samples.set(part, filled);
      filled += part.length;
      if (part.length === first.length) this.#waiting.shift();
      else this.#waiting[0] = first.subarray(part.length);
    }
    this.#waitingLength -= size;
    this.#given += size;
    const { sampleRate } = this.model;
    const until = this.#given / sampleRate;
    // A word whose sound was cut off as silence, or is rounded away, starts where the samples end.
    const words = this.#waitingLength === 0 ? this.#words : this.#words.filter(({ start }) => start < until);
    this.#words = this.#words.slice(words.length);
    const warnings = this.#warnings.splice(0);
    return {
      samples,
      sampleRate,
      ...(this.options.wordTimestamps && { words }),
      ...(warnings.length > 0 && { warnings }),
    };
  }
}
