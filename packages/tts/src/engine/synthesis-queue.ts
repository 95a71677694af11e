import { abortable } from '@ferrum/registry/concurrency';
import { FerrumError } from '@ferrum/registry/errors';
import type { Manner, SpeechModel, Utterance } from '../voices/speech-model.js';

export interface QueueListener {
  readonly onRun: (ms: number) => void;
  readonly onFailure: (error: FerrumError) => void;
  readonly onWait: (ms: number) => void;
}

/**
 * One run of the model at a time, in the order of asking: a run shares its work among all threads. A stream asks for a few units
 * at a time, so units of different streams take turns.
 */
export class SynthesisQueue {
  readonly #waiting: (() => void)[] = [];
  #isRunning = false;
  #wakeIdle: (() => void)[] = [];

  constructor(
    private readonly model: Pick<SpeechModel, 'synthesize'>,
    private readonly listener: QueueListener,
  ) {}

  get waiting(): number {
    return this.#waiting.length;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** @throws FerrumError `Cancelled`, `Backend`. */
  async synthesize(ids: readonly number[], manner: Manner, signal: AbortSignal): Promise<Utterance> {
    const asked = performance.now();
    let start = () => {};
    const turn = new Promise<void>((resolve) => {
      start = resolve;
    });
    this.#waiting.push(start);
    this.#next();
    try {
      await abortable(turn, signal, 'Speaking');
    } catch (error) {
      const place = this.#waiting.indexOf(start);
      if (place >= 0) this.#waiting.splice(place, 1);
      // Its turn had come already.
      else this.#leave();
      throw error;
    }
    this.listener.onWait(performance.now() - asked);
    try {
      return await this.#run(ids, manner, signal);
    } finally {
      this.#leave();
    }
  }

  /** Resolves when nothing runs or waits. */
  async idle(): Promise<void> {
    if (!this.#isRunning && this.#waiting.length === 0) return;
    await new Promise<void>((resolve) => this.#wakeIdle.push(resolve));
  }

  #next(): void {
    if (this.#isRunning) return;
    const start = this.#waiting.shift();
    if (!start) return;
    this.#isRunning = true;
    start();
  }

  #leave(): void {
    this.#isRunning = false;
    this.#next();
    if (this.#isRunning) return;
    for (const wake of this.#wakeIdle.splice(0)) wake();
  }

  async #run(ids: readonly number[], manner: Manner, signal: AbortSignal): Promise<Utterance> {
    const begun = performance.now();
    try {
      const utterance = await this.model.synthesize(ids, manner, signal);
      if (!utterance.samples.every(Number.isFinite)) {
        throw new FerrumError('Backend', 'The model made samples that are no numbers; its file may be damaged.');
      }
      this.listener.onRun(performance.now() - begun);
      return utterance;
    } catch (error) {
      if (FerrumError.isInstance(error) && error.code !== 'Cancelled') this.listener.onFailure(error);
      throw error;
    }
  }
}
