import type { GenerationTiming } from '@ferrum/interfaces';
import { Histogram, type Registry } from 'prom-client';

/** Times of one streamed or whole generation. */
export interface GenerationMeter {
  /** Some tokens came; call for each chunk that brings any. */
  tokens(count: number): void;
}

/** How long clients wait for text. */
export class GenerationMetrics {
  readonly #toFirstToken: Histogram<'model'>;
  readonly #betweenTokens: Histogram<'model'>;

  constructor(registry: Registry, models: readonly string[]) {
    const registers = [registry];
    this.#toFirstToken = new Histogram({
      registers,
      name: 'ferrum_time_to_first_token_seconds',
      help: 'From the start of a generation, waiting included, to its first token.',
      labelNames: ['model'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    });
    this.#betweenTokens = new Histogram({
      registers,
      name: 'ferrum_inter_token_latency_seconds',
      help: 'Between two tokens of a generation, as its reader takes them; tokens that come together share the time.',
      labelNames: ['model'],
      buckets: [0.001, 0.0025, 0.005, 0.0075, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 1, 2],
    });
    for (const model of models) {
      this.#toFirstToken.zero({ model });
      this.#betweenTokens.zero({ model });
    }
  }

  /** Of a generation that nobody watched, from what the engine measured. */
  observe(model: string, { timeToFirstTokenMs, totalMs }: GenerationTiming, tokens: number): void {
    if (tokens === 0 || !Number.isFinite(timeToFirstTokenMs)) return;
    this.#toFirstToken.observe({ model }, timeToFirstTokenMs / 1000);
    const seconds = (totalMs - timeToFirstTokenMs) / 1000 / (tokens - 1);
    if (!Number.isFinite(seconds) || seconds < 0) return;
    const betweenTokens = this.#betweenTokens.labels(model);
    for (let index = 1; index < tokens; index += 1) betweenTokens.observe(seconds);
  }

  /** Starts the clock of a generation. */
  start(model: string): GenerationMeter {
    const betweenTokens = this.#betweenTokens.labels(model);
    let last = performance.now();
    let hasBegun = false;
    return {
      tokens: (count) => {
        if (count === 0) return;
        const now = performance.now();
        const seconds = (now - last) / 1000;
        last = now;
        if (!hasBegun) {
          hasBegun = true;
          this.#toFirstToken.observe({ model }, seconds);
          return;
        }
        for (let index = 0; index < count; index += 1) betweenTokens.observe(seconds / count);
      },
    };
  }
}
