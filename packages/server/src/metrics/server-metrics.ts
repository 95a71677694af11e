import type { InferenceResponse } from '@ferrum/interfaces';
import type { FastifyInstance } from 'fastify';
import { Counter, Gauge, Registry } from 'prom-client';
import type { Admission } from '../http/admission.js';
import type { ModelDirectory, ServedCapability } from '../models/model-directory.js';
import type { SessionStore } from '../sessions/session-store.js';
import { EngineMetrics } from './engine-metrics.js';
import { type GenerationMeter, GenerationMetrics } from './generation-metrics.js';
import { HttpMetrics } from './http-metrics.js';
import { processMetrics } from './process-metrics.js';
import { type CountedUsage, UsageMetrics } from './usage-metrics.js';

export interface MeasuredParts {
  readonly models: ModelDirectory;
  readonly sessions: SessionStore;
  readonly admission: Admission;
}

/** What Prometheus reads from `/metrics`. Holds no timer; a server that is closed leaves nothing behind. */
export class ServerMetrics {
  readonly #registry = new Registry();
  /** From now on, so that the first scrape has something to tell. */
  readonly #process = processMetrics();
  readonly #http: HttpMetrics;
  readonly #generations: GenerationMetrics;
  readonly #usage: UsageMetrics;
  readonly #engines: EngineMetrics;

  constructor({ models, sessions, admission }: MeasuredParts) {
    this.#http = new HttpMetrics(this.#registry);
    readLive(this.#registry, sessions, admission);
    const writers = models.entries.filter(({ capabilities }) => capabilities.includes('text-generation'));
    this.#generations = new GenerationMetrics(
      this.#registry,
      writers.map(({ id }) => id),
    );
    this.#usage = new UsageMetrics(this.#registry, models.entries);
    this.#engines = new EngineMetrics(this.#registry, models);
  }

  /** Counts and times the requests of every route. */
  observeHttp(app: FastifyInstance): void {
    this.#http.observe(app);
  }

  /** Starts the clock of a generation. */
  generation(model: string): GenerationMeter {
    return this.#generations.start(model);
  }

  /** Of a generation that was not streamed; of several answers side by side the tokens between them are not timed. */
  countGeneration(model: string, { usage, timing, choices }: InferenceResponse): void {
    this.#generations.observe(model, timing, choices === undefined ? usage.completionTokens : 1);
    this.countTokens(model, 'text-generation', usage);
  }

  countTokens(model: string, capability: ServedCapability, usage: CountedUsage): void {
    this.#usage.countTokens(model, capability, usage);
  }

  countAudio(model: string, direction: 'input' | 'output', seconds: number): void {
    this.#usage.countAudio(model, direction, seconds);
  }

  /** Prometheus' text format, 0.0.4. An engine that fails, or takes more than a second, is left out. */
  async text(): Promise<{ readonly contentType: string; readonly body: string }> {
    await this.#engines.refresh();
    const all = Registry.merge([this.#registry, this.#process]);
    const body = await all.metrics();
    return { contentType: all.contentType, body: body.replaceAll(unmeasured, '') };
  }
}

/** What prom-client says of the event loop's delay when two scrapes follow so closely that nothing was measured between. */
const unmeasured = /^nodejs_eventloop_lag_\w+ (?:Nan|9223372036\.854776)\n/gm;

/** Values that others keep, read at each scrape. */
function readLive(registry: Registry, sessions: SessionStore, admission: Admission): void {
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      registers,
      name,
      help,
      collect() {
        this.set(read());
      },
    });
  gauge('ferrum_http_requests_in_flight', 'Requests under way that compute, or wait to.', () => admission.inFlight);
  gauge('ferrum_sessions', 'Conversations kept.', () => sessions.size);
  new Counter({
    registers,
    name: 'ferrum_sessions_evicted_total',
    help: 'Conversations forgotten for lack of room, or because nobody came back to them.',
    collect() {
      this.reset();
      this.inc(sessions.evicted);
    },
  });
}
