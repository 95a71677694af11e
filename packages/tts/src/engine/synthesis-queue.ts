import { abortable } from '@ferrum/registry/concurrency';
import { FerrumError } from '@ferrum/registry/errors';
import type { Manner, SpeechModel, Utterance } from '../voices/speech-model.js';

export interface QueueListener {
  readonly onRun: (ms: number) => void;
  readonly onFailure: (error: FerrumError) => void;
  readonly onWait: (ms: number) => void;
}

/**
 * One run of the model at a time, in the order of asking. A stream asks for its next unit when it has the one before, so units of
 * different streams take turns.
 */
export class SynthesisQueue {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #running = false;

  constructor(
    private readonly model: Pick<SpeechModel, 'synthesize'>,
    private readonly listener: QueueListener,
  ) {}

  get waiting(): number {
    return this.#waiting;
  }

  get running(): boolean {
    return this.#running;
  }

  /** @throws FerrumError `Cancelled`, `Backend`. */
  async synthesize(ids: readonly number[], manner: Manner, signal: AbortSignal): Promise<Utterance> {
    const asked = performance.now();
    const before = this.#last;
    let leave = () => {};
    const turn = new Promise<void>((resolve) => {
      leave = resolve;
    });
    // Who gives up waiting leaves the queue when its turn comes, not before.
    this.#last = before.then(() => turn);
    this.#waiting += 1;
    try {
      await abortable(before, signal, 'Speaking');
    } catch (error) {
      leave();
      throw error;
    } finally {
      this.#waiting -= 1;
    }
    this.listener.onWait(performance.now() - asked);
    this.#running = true;
    try {
      return await this.#run(ids, manner, signal);
    } finally {
      this.#running = false;
      leave();
    }
  }

  async idle(): Promise<void> {
    await this.#last;
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
