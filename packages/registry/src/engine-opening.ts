import { setMaxListeners } from 'node:events';
import type { ProgressEvent, ProgressListener } from '@ferrum/interfaces';
import { SilenceTimer } from './concurrency/silence-timer.js';
import { FerrumError } from './errors.js';
import { messageOf } from './message-of.js';
import type { EngineTarget } from './pooled-engine.js';
import type { TimeLimits } from './time-limits.js';

/**
 * What a host and a `create()` under way say to each other: progress, the signal to stop, and how long the host goes on
 * waiting – `openTimeoutMs` without progress, and `closeTimeoutMs` once the signal has fired.
 */
export class EngineOpening {
  /** Rejects when the host waits no longer. */
  readonly givenUp: Promise<never>;
  /** Which time is over, once one is. */
  expired: 'openTimeoutMs' | 'closeTimeoutMs' | undefined;
  readonly #target: EngineTarget;
  readonly #limits: TimeLimits;
  readonly #abandonment = new AbortController();
  readonly #listeners = new Set<ProgressListener>();
  readonly #silence: SilenceTimer;
  #patience: NodeJS.Timeout | undefined;
  #isOver = false;
  #reject: (error: FerrumError) => void = () => {};

  constructor(target: EngineTarget, limits: TimeLimits) {
    this.#target = target;
    this.#limits = limits;
    setMaxListeners(0, this.#abandonment.signal);
    this.givenUp = new Promise((_, reject) => {
      this.#reject = reject;
    });
    // Each caller gets the error by way of the opening itself.
    this.givenUp.catch(() => {});
    this.#silence = new SilenceTimer(limits.openTimeoutMs, () => {
      const error = this.#giveUp('openTimeoutMs');
      // After the callers, who are to hear of the time and not of what create() makes of the signal.
      this.#abandonment.abort(error);
    });
  }

  /** Fires when nobody waits for the engine any more, or for too long. */
  get signal(): AbortSignal {
    return this.#abandonment.signal;
  }

  readonly onProgress: ProgressListener = (event) => {
    this.#silence.heard();
    for (const listener of this.#listeners) tell(listener, event);
  };

  /** Returns the way to stop listening. */
  listen(listener: ProgressListener | undefined): () => void {
    // Wrapped, because two callers may pass the same function.
    const own: ProgressListener = (event) => listener?.(event);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  /** Another engine is being opened for this one: until that has ended, its time counts and not this one's. */
  waitForAnother(): () => void {
    return this.#silence.pause();
  }

  /** Nobody wants the engine any more: `create()` is to stop. */
  abandon(): void {
    if (this.#isOver || this.signal.aborted) return;
    const { descriptorId, model } = this.#target;
    this.#silence.stop();
    this.#abandonment.abort(new FerrumError('Cancelled', `nobody waits for ${descriptorId} with ${model} any more.`));
    const { closeTimeoutMs } = this.#limits;
    if (closeTimeoutMs === Number.POSITIVE_INFINITY) return;
    this.#patience = setTimeout(() => this.#giveUp('closeTimeoutMs'), closeTimeoutMs);
  }

  /** `create()` has ended, or the host has given it up. */
  end(): void {
    this.#isOver = true;
    this.#silence.stop();
    clearTimeout(this.#patience);
  }

  #giveUp(option: keyof typeof advice): FerrumError {
    const { descriptorId, plugin, model } = this.#target;
    const limitMs = this.#limits[option];
    const message = `${descriptorId} (plugin ${plugin}) opening model ${model} ${advice[option](limitMs)}`;
    const details = { engine: descriptorId, plugin, model, [option]: limitMs };
    const error = new FerrumError('Timeout', message, { details });
    this.expired = option;
    this.#reject(error);
    return error;
  }
}

const advice = {
  openTimeoutMs: (limitMs: number) =>
    `reported no progress for ${limitMs} ms and was given up. If it needs longer, give createHost() a larger openTimeoutMs.`,
  closeTimeoutMs: (limitMs: number) =>
    `went on for ${limitMs} ms after it was cancelled and was given up. Its create() must stop when its signal fires; if it needs longer for that, give createHost() a larger closeTimeoutMs.`,
};

function tell(listener: ProgressListener, event: ProgressEvent): void {
  try {
    listener(event);
  } catch (thrown) {
    // A listener only watches: its mistake must not end an opening that other callers wait for.
    process.emitWarning(`A progress listener failed: ${messageOf(thrown)}`);
  }
}
