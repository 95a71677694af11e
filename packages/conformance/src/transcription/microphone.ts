import type { AudioSamples } from '@ferrum/interfaces';

/** Of a piece, in seconds. */
const pieceSeconds = 0.25;

/** Audio that comes in pieces, when the test says so; after the last it waits until `end`. */
export class Microphone implements AsyncIterable<AudioSamples> {
  readonly #pieces: AudioSamples[] = [];
  #hasEnded = false;
  #isLeft = false;
  #wake = () => {};
  #tellSilence = () => {};
  /** Until someone has heard all that was said, and waits for more. */
  readonly silence = new Promise<void>((resolve) => {
    this.#tellSilence = resolve;
  });

  /** All of an audio, at once. */
  static of(audio: AudioSamples): Microphone {
    const microphone = new Microphone();
    microphone.speak(audio);
    microphone.end();
    return microphone;
  }

  /** Whether who listened has said that nothing more is wanted. */
  get isLeft(): boolean {
    return this.#isLeft;
  }

  speak({ samples, sampleRate }: AudioSamples): void {
    const length = Math.max(1, Math.round(pieceSeconds * sampleRate));
    for (let from = 0; from < samples.length; from += length) {
      this.#pieces.push({ samples: samples.slice(from, from + length), sampleRate });
    }
    this.#wake();
  }

  end(): void {
    this.#hasEnded = true;
    this.#wake();
  }

  /** No generator: `return` must end what waits for a piece that never comes. */
  [Symbol.asyncIterator](): AsyncIterator<AudioSamples> {
    return {
      next: async () => {
        for (;;) {
          const piece = this.#pieces.shift();
          if (piece) return { done: false, value: piece };
          if (this.#hasEnded || this.#isLeft) return { done: true, value: undefined };
          this.#tellSilence();
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
      },
      return: async () => {
        this.#isLeft = true;
        this.#wake();
        return { done: true, value: undefined };
      },
    };
  }
}
