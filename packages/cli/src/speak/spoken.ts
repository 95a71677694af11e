import type { SpeechChunk, SpokenWord } from '@ferrum/interfaces';

/** What was spoken so far, and how long that took. */
export class Spoken {
  readonly sampleRate: number;
  readonly words: SpokenWord[] = [];
  /** Each once, in the order they came. */
  readonly warnings = new Set<string>();
  #samples = 0;
  #synthesisMs = 0;
  #firstAudioMs: number | undefined;

  /** @param sampleRate In Hz. */
  constructor(sampleRate: number) {
    this.sampleRate = sampleRate;
  }

  /** Passes chunks on, and counts the time that the caller waits for them. */
  async *watch(chunks: AsyncIterable<SpeechChunk>): AsyncGenerator<SpeechChunk> {
    let askedMs = performance.now();
    for await (const chunk of chunks) {
      this.#synthesisMs += performance.now() - askedMs;
      this.#firstAudioMs ??= this.#synthesisMs;
      this.#samples += chunk.samples.length;
      this.words.push(...(chunk.words ?? []));
      for (const warning of chunk.warnings ?? []) this.warnings.add(warning);
      yield chunk;
      askedMs = performance.now();
    }
    this.#synthesisMs += performance.now() - askedMs;
  }

  get audioSeconds(): number {
    return this.#samples / this.sampleRate;
  }

  /** Spent waiting for the engine; for text that is still being written, too. */
  get synthesisSeconds(): number {
    return this.#synthesisMs / 1000;
  }

  /** Below 1 is faster than it is played. */
  get realTimeFactor(): number {
    return this.synthesisSeconds / this.audioSeconds;
  }

  /** From the call to its first chunk; undefined before that. */
  get firstAudioMs(): number | undefined {
    return this.#firstAudioMs;
  }
}
