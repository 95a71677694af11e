import type { EngineMetrics } from '@ferrum/interfaces';
import { mean, percentile, sorted } from '@ferrum/registry/telemetry';
import type { GenerationClock } from './generation-clock.js';

/** Requests kept for averages and percentiles. */
const kept = 1000;

/** How long readers of the latest requests waited for tokens. */
export class TokenLatencies {
  #firstTokensMs: number[] = [];
  #gapsMs: number[] = [];

  add({ timeToFirstTokenMs, tokenGapMs }: GenerationClock): void {
    if (timeToFirstTokenMs !== undefined)
      this.#firstTokensMs = [...this.#firstTokensMs, timeToFirstTokenMs].slice(-kept);
    if (tokenGapMs !== undefined) this.#gapsMs = [...this.#gapsMs, tokenGapMs].slice(-kept);
  }

  metrics(): Pick<EngineMetrics, 'avgTimeToFirstTokenMs' | 'p95TimeToFirstTokenMs' | 'avgInterTokenLatencyMs'> {
    const firstTokens = sorted(this.#firstTokensMs);
    return {
      ...(firstTokens.length > 0
        ? { avgTimeToFirstTokenMs: mean(firstTokens), p95TimeToFirstTokenMs: percentile(firstTokens, 0.95) }
        : {}),
      ...(this.#gapsMs.length > 0 ? { avgInterTokenLatencyMs: mean(this.#gapsMs) } : {}),
    };
  }
}
