import { PcmReader, pcmSampleRate, toFloat } from './pcm.js';
import { PlaybackSchedule } from './schedule.js';

/** Samples in the shortest piece that is played by itself: 50 ms. */
const leastSamples = pcmSampleRate / 20;

/** Plays raw speech while it arrives, each piece right behind the last, and keeps it. */
export class PcmPlayer {
  readonly #context = new AudioContext({ sampleRate: pcmSampleRate });
  readonly #reader = new PcmReader();
  readonly #schedule = new PlaybackSchedule();
  readonly #sources = new Set<AudioBufferSourceNode>();
  readonly #parts: Int16Array<ArrayBuffer>[] = [];
  #waiting: Int16Array<ArrayBuffer>[] = [];

  /** Everything received so far. */
  get parts(): readonly Int16Array<ArrayBuffer>[] {
    return this.#parts;
  }

  /** Seconds received. */
  get madeSeconds(): number {
    return this.#parts.reduce((sum, { length }) => sum + length, 0) / pcmSampleRate;
  }

  /** Milliseconds until the first piece sounds, negative when it has; undefined before there is one. */
  get firstSoundInMs(): number | undefined {
    const { firstStart } = this.#schedule;
    return firstStart === undefined ? undefined : (firstStart - this.#context.currentTime) * 1000;
  }

  /** How often the sound had to wait for the server. */
  get gaps(): number {
    return this.#schedule.gaps;
  }

  /** Adds bytes as they come from the network; `null` says that there are no more. */
  add(chunk: Uint8Array | null): void {
    if (chunk) {
      const samples = this.#reader.read(chunk);
      this.#parts.push(samples);
      this.#waiting.push(samples);
    }
    const length = this.#waiting.reduce((sum, part) => sum + part.length, 0);
    if (length > 0 && (length >= leastSamples || chunk === null)) this.#play(length);
  }

  /** Resolves when the last piece has sounded, or at once when the signal aborts. */
  ended(signal: AbortSignal): Promise<void> {
    const left = Math.max(0, this.#schedule.end - this.#context.currentTime);
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const timer = setTimeout(resolve, left * 1000);
      signal.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Silence, and the end of the player. */
  async close(): Promise<void> {
    for (const source of this.#sources) source.stop();
    this.#sources.clear();
    await this.#context.close();
  }

  #play(length: number): void {
    const buffer = this.#context.createBuffer(1, length, pcmSampleRate);
    let at = 0;
    for (const part of this.#waiting) {
      buffer.copyToChannel(toFloat(part), 0, at);
      at += part.length;
    }
    this.#waiting = [];
    const source = this.#context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.#context.destination);
    source.addEventListener('ended', () => this.#sources.delete(source));
    this.#sources.add(source);
    source.start(this.#schedule.place(this.#context.currentTime, buffer.duration));
  }
}
