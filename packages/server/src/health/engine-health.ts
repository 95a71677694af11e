import type { HealthState } from '@ferrum/interfaces';
import type { OpenModel } from '../models/model-directory.js';
import { within } from './within.js';

/** What an engine last said of itself. */
export interface EngineHealth {
  readonly state: HealthState;
  /** Absent until the engine has said. */
  readonly activeRequests?: number;
  readonly queuedRequests?: number;
}

/** An answer is as good as a new one for so long, in ms. */
const freshMs = 1000;
/** Longest wait for an engine, from when it was asked; a probe must hear within 50 ms. */
const waitMs = 25;
/** An engine that owes an answer for so long is in `warning`, in ms: it may be hung, or its thread busy. */
const silentMs = 10_000;

/** Asks engines how they are, each at most once a second and never twice at a time; an engine that is slow holds nobody up. */
export class HealthMonitor {
  readonly #checks = new WeakMap<OpenModel['engine'], HealthCheck>();

  async of({ engine }: OpenModel): Promise<EngineHealth> {
    let check = this.#checks.get(engine);
    if (check === undefined) {
      check = new HealthCheck(engine);
      this.#checks.set(engine, check);
    }
    return check.latest();
  }
}

class HealthCheck {
  /** It has just been opened, so it was well. */
  #last: EngineHealth = { state: 'healthy' };
  #askedAt = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | undefined;

  constructor(private readonly engine: OpenModel['engine']) {}

  async latest(): Promise<EngineHealth> {
    const now = performance.now();
    if (this.#asking === undefined && now - this.#askedAt >= freshMs) {
      this.#askedAt = now;
      this.#asking = this.#ask().finally(() => {
        this.#asking = undefined;
      });
    }
    const waited = now - this.#askedAt;
    if (this.#asking !== undefined && waited < waitMs) await within(waitMs - waited, this.#asking);
    const isSilent = this.#asking !== undefined && waited >= silentMs && this.#last.state === 'healthy';
    return isSilent ? { ...this.#last, state: 'warning' } : this.#last;
  }

  /** Never rejects: an engine that cannot say how it is, is not well. */
  async #ask(): Promise<void> {
    const [health, status] = await Promise.allSettled([
      (async () => this.engine.healthCheck())(),
      (async () => this.engine.status())(),
    ]);
    this.#last = {
      state: health.status === 'fulfilled' ? health.value.status : 'unhealthy',
      ...(status.status === 'fulfilled' && {
        activeRequests: status.value.activeRequests,
        queuedRequests: status.value.queuedRequests,
      }),
    };
  }
}
