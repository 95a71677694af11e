import type { VoiceActivityDetector, Waveform } from '@ferrum/audio';
import type { AudioSamples } from '@ferrum/interfaces';
import { onAbort } from '@ferrum/registry/concurrency';
import type { TranscribeSettings } from '../transcribe/transcribe-settings.js';
import { LiveAudio, sampleRate } from './live-audio.js';
import { type Utterance, UtteranceFinder } from './utterance-finder.js';

/** Audio that may wait to be transcribed, in samples: who can hold back its audio is asked to. */
const mostWaiting = 60 * sampleRate;

/** Reads live audio as it comes and finds the utterances in it. */
export class Listener {
  readonly #audio = new LiveAudio();
  readonly #finder: UtteranceFinder;
  readonly #iterator: AsyncIterator<AudioSamples>;
  readonly #over: Utterance[] = [];
  /** Until where the utterance under way had been heard when it was last asked for. */
  #askedTo = 0;
  #hasEnded = false;
  /** Whether the source itself has ended or failed: then its iterator is not to be told to. */
  #isSourceOver = false;
  #isStopped = false;
  #failure: { readonly error: unknown } | undefined;
  #wake = () => {};
  #wakeReader = () => {};

  constructor(
    audio: AsyncIterable<AudioSamples>,
    private readonly detector: VoiceActivityDetector,
    private readonly settings: Pick<TranscribeSettings, 'vadParameters' | 'signal'>,
  ) {
    this.#finder = new UtteranceFinder(settings.vadParameters);
    this.#iterator = audio[Symbol.asyncIterator]();
    this.#read().catch((error: unknown) => {
      this.#failure = { error };
      this.#wake();
    });
  }

  /** Samples that it keeps. */
  get heldSamples(): number {
    return this.#audio.held;
  }

  /** Whether all utterances have been given out. @throws what reading the audio threw */
  get hasEnded(): boolean {
    if (this.#failure) throw this.#failure.error;
    return this.#hasEnded && this.#over.length === 0;
  }

  /** One that is over; call `release` when done with it. */
  nextUtterance(): Utterance | undefined {
    return this.#over[0];
  }

  /** The one under way, when so many samples are new in it since the last time. */
  speaking(samples: number): Utterance | undefined {
    const { start } = this.#finder;
    const { end } = this.#audio;
    if (start === undefined || end - Math.max(start, this.#askedTo) < samples) return undefined;
    this.#askedTo = end;
    return { start, end };
  }

  cut({ start, end }: Utterance): Waveform {
    return this.#audio.cut(start, Math.min(end, this.#audio.end));
  }

  release(utterance: Utterance): void {
    if (this.#over[0] === utterance) this.#over.shift();
    this.#forget();
    this.#wakeReader();
  }

  /** Until there may be something new. */
  async change(): Promise<void> {
    if (this.#failure || this.#hasEnded || this.settings.signal?.aborted) return;
    let stop = () => {};
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      stop = onAbort(this.settings.signal, resolve);
    });
    stop();
  }

  /** Ends the audio's iterator, too. */
  stop(): void {
    this.#isStopped = true;
    this.#wakeReader();
    this.#audio[Symbol.dispose]();
    // Not waited for: a microphone that says nothing more would be waited for for ever.
    if (!this.#isSourceOver) this.#endSource().catch(() => undefined);
  }

  async #endSource(): Promise<void> {
    await this.#iterator.return?.();
  }

  async #read(): Promise<void> {
    const voice = this.detector.stream();
    for (;;) {
      const next = await this.#next();
      if (this.#isStopped) return;
      if (next.done) break;
      const samples = await this.#audio.add(next.value);
      this.#hear(await voice.push(samples));
      while (!this.#isStopped && this.#waiting > mostWaiting) {
        await new Promise<void>((resolve) => {
          this.#wakeReader = resolve;
        });
      }
      if (this.#isStopped) return;
    }
    this.#hear(await voice.push(this.#audio.finish()));
    this.#hear(await voice.finish());
    const last = this.#finder.finish(this.#audio.end);
    if (last) this.#over.push(last);
    this.#hasEnded = true;
    this.#wake();
  }

  async #next(): Promise<IteratorResult<AudioSamples>> {
    try {
      const next = await this.#iterator.next();
      this.#isSourceOver = next.done === true;
      return next;
    } catch (error) {
      this.#isSourceOver = true;
      throw error;
    }
  }

  get #waiting(): number {
    const [first] = this.#over;
    return first ? this.#audio.end - first.start : 0;
  }

  #hear(probabilities: Float32Array): void {
    this.#over.push(...this.#finder.add(probabilities));
    this.#forget();
    this.#wake();
  }

  #forget(): void {
    this.#audio.forget(
      Math.min(this.#over[0]?.start ?? Number.POSITIVE_INFINITY, this.#finder.keptFrom, this.#audio.end),
    );
  }
}
