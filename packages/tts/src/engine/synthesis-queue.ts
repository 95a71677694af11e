import { abortable } from '@ferrum/registry/concurrency';
import { FerrumError } from '@ferrum/registry/errors';
import type { Manner, SpeechModel, Utterance } from '../voices/speech-model.js';

export interface QueueListener {
  readonly onRun: (ms: number) => void;
  readonly onFailure: (error: FerrumError) => void;
  readonly onWait: (ms: number) => void;
}

interface Waiting {
  readonly stream: object;
  readonly start: () => void;
}

/**
 * One run of the model at a time: a run shares its work among all threads. Streams take turns, unit by unit; the units of a
 * stream come in the order of asking.
 */
export class SynthesisQueue {
  readonly #waiting: Waiting[] = [];
  /** When a stream last had its turn; those that never had come first. */
  readonly #turns = new WeakMap<object, number>();
  #turn = 0;
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

  /** @param stream what the unit is of @throws FerrumError `Cancelled`, `Backend`. */
  async synthesize(stream: object, ids: readonly number[], manner: Manner, signal: AbortSignal): Promise<Utterance> {
    const asked = performance.now();
    let start = () => {};
    const turn = new Promise<void>((resolve) => {
      start = resolve;
    });
    const waiting = { stream, start };
    this.#waiting.push(waiting);
    this.#next();
    try {
      await abortable(turn, signal, 'Speaking');
    } catch (error) {
      const place = this.#waiting.indexOf(waiting);
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
    const turnOf = ({ stream }: Waiting) => this.#turns.get(stream) ?? 0;
    const earliest = Math.min(...this.#waiting.map(turnOf));
    const place = this.#waiting.findIndex((waiting) => turnOf(waiting) === earliest);
    const [next] = place < 0 ? [] : this.#waiting.splice(place, 1);
    if (!next) return;
    this.#isRunning = true;
    this.#turn += 1;
    this.#turns.set(next.stream, this.#turn);
    next.start();
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
      if (!areFinite(utterance.samples)) {
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

/** A loop is several times as fast as `every`. */
function areFinite(samples: Float32Array): boolean {
  for (let index = 0; index < samples.length; index += 1) if (!Number.isFinite(samples[index])) return false;
  return true;
}
