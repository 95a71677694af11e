import type { AudioSamples } from '@ferrum/interfaces';

/** Live audio that a test gives piece by piece, without a clock. */
export class Microphone implements AsyncIterable<AudioSamples> {
  /** Whether its reader has said that it wants no more. */
  isClosed = false;
  /** Pieces asked for. */
  asked = 0;
  readonly #pieces: (AudioSamples | { readonly error: unknown } | undefined)[] = [];
  #wake = () => {};

  hear(samples: Float32Array, sampleRate = 16000): void {
    this.#add({ samples, sampleRate });
  }

  end(): void {
    this.#add(undefined);
  }

  break(error: unknown): void {
    this.#add({ error });
  }

  [Symbol.asyncIterator](): AsyncIterator<AudioSamples> {
    return {
      next: async () => {
        this.asked += 1;
        while (this.#pieces.length === 0) {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
        const piece = this.#pieces.shift();
        if (piece === undefined) return { done: true, value: undefined };
        if ('error' in piece) throw piece.error;
        return { done: false, value: piece };
      },
      return: async () => {
        this.isClosed = true;
        return { done: true, value: undefined };
      },
    };
  }

  #add(piece: AudioSamples | { readonly error: unknown } | undefined): void {
    this.#pieces.push(piece);
    this.#wake();
  }
}
