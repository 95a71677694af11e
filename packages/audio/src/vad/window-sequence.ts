import { type Session, Tensor } from '@ferrum/onnx';
import { stateSize } from './silero-weights.js';
import { contextSamples, frameSamples, framesPerWindow, frameWindows, windowSamples } from './window-frames.js';

/**
 * Windows that follow each other: keeps the LSTM's state and the samples before the next window. A run that fails or is
 * cancelled leaves both as they were. One call at a time.
 */
export class WindowSequence {
  readonly #session: Session;
  readonly #memory = new RunMemory(windowsPerRun);
  /** h and c after the windows so far, and room for those after the next. */
  #state = zeroState();
  #nextState = zeroState();
  #context = new Float32Array(contextSamples);

  constructor(session: Session) {
    this.#session = session;
  }

  /**
   * @param samples of at most `windowsPerRun` whole windows
   * @returns a probability of speech for each window
   */
  async advance(samples: Float32Array, signal?: AbortSignal): Promise<Float32Array> {
    const windows = samples.length / windowSamples;
    const { samples: all, frames, probabilities } = this.#memory;
    all.set(this.#context);
    all.set(samples, contextSamples);
    frameWindows(all, windows, frames.data);
    const context = all.slice(samples.length, samples.length + contextSamples);
    const results = probabilities.view([windows]);
    await this.#session.run(
      { frames: frames.view([windows, framesPerWindow, frameSamples]), h: this.#state.h, c: this.#state.c },
      { probabilities: results, nextH: this.#nextState.h, nextC: this.#nextState.c },
      signal ? { signal } : {},
    );
    [this.#state, this.#nextState] = [this.#nextState, this.#state];
    this.#context = context;
    return results.data.slice();
  }

  /** Forgets what it has heard. */
  reset(): void {
    this.#state = zeroState();
    this.#context = new Float32Array(contextSamples);
  }
}

/** 10 s of audio: some milliseconds of work. */
export const windowsPerRun = 312;

/** Used again by every run: fresh pages would cost more than the copies. */
class RunMemory {
  readonly samples: Float32Array;
  readonly frames: Tensor<'float32'>;
  readonly probabilities: Tensor<'float32'>;

  constructor(windows: number) {
    this.samples = new Float32Array(contextSamples + windows * windowSamples);
    this.frames = Tensor.allocate('float32', [windows, framesPerWindow, frameSamples]);
    this.probabilities = Tensor.allocate('float32', [windows]);
  }
}

function zeroState() {
  return {
    h: Tensor.allocate('float32', [1, 1, stateSize]),
    c: Tensor.allocate('float32', [1, 1, stateSize]),
  };
}
