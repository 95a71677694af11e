import type {
  CacheMetricsSnapshot,
  EngineMetrics as EngineCounts,
  EngineStatus,
  LoraMetricsSnapshot,
} from '@ferrum/interfaces';
import { Counter, Gauge, type Registry } from 'prom-client';
import { within } from '../health/within.js';
import type { ModelDirectory, OpenModel } from '../models/model-directory.js';

/** An engine that takes longer, in ms, is left out of a scrape. */
const engineTimeoutMs = 1000;

/** What open engines say of themselves, read anew for each scrape. Of an engine that is closed nothing is left. */
export class EngineMetrics {
  readonly #open: Gauge<'model' | 'capability'>;
  readonly #requests: Counter<'model' | 'capability' | 'outcome'>;
  readonly #measures: readonly Measure[];
  /** Of engines that have not answered yet: they are not asked again meanwhile. */
  readonly #asking = new WeakMap<OpenModel['engine'], Promise<EngineStatus>>();

  constructor(
    registry: Registry,
    private readonly models: ModelDirectory,
  ) {
    const registers = [registry];
    this.#open = new Gauge({
      registers,
      name: 'ferrum_engine_open',
      help: 'Whether the engine of a served model is open (1) or not (0).',
      labelNames: ['model', 'capability'],
    });
    this.#requests = new Counter({
      registers,
      name: 'ferrum_engine_requests_total',
      help: 'Requests that the engine finished since it opened; a failure may be a cancelled one.',
      labelNames: ['model', 'capability', 'outcome'],
    });
    this.#measures = definitions.map((definition) => newMeasure(registry, definition));
  }

  /** Sets all values at once, so that a scrape that runs meanwhile sees either those before or these. */
  async refresh(): Promise<void> {
    const readings = await Promise.all(this.models.openModels().map((model) => this.#read(model)));
    for (const metric of [this.#open, this.#requests, ...this.#measures.map((measure) => measure.metric)])
      metric.reset();
    for (const entry of this.models.entries) {
      for (const capability of entry.capabilities) {
        this.#open.set({ model: entry.id, capability }, this.models.isOpen(entry, capability) ? 1 : 0);
      }
    }
    for (const reading of readings) {
      if (reading === undefined) continue;
      const { model, capability, counts, values } = reading;
      add(this.#requests, { model, capability, outcome: 'success' }, counts.successfulRequests);
      add(this.#requests, { model, capability, outcome: 'failure' }, counts.failedRequests);
      for (const [index, { metric, hasCapability }] of this.#measures.entries()) {
        add(metric, hasCapability ? { model, capability } : { model }, values[index]);
      }
    }
  }

  /** Undefined for an engine that fails or hangs. */
  async #read({ engine, entry, capability }: OpenModel): Promise<Reading | undefined> {
    try {
      const status = await within(engineTimeoutMs, this.#statusOf(engine));
      if (status === undefined) return undefined;
      const counts = engine.metrics();
      const cache = engine.cacheMetricsSnapshot?.() ?? undefined;
      const lora = engine.loraMetricsSnapshot?.() ?? undefined;
      const values = this.#measures.map(({ read }) => read({ status, cache, lora }));
      return { model: entry.id, capability, counts, values };
    } catch {
      return undefined;
    }
  }

  #statusOf(engine: OpenModel['engine']): Promise<EngineStatus> {
    const asked = this.#asking.get(engine);
    if (asked !== undefined) return asked;
    const status = engine.status().finally(() => this.#asking.delete(engine));
    this.#asking.set(engine, status);
    return status;
  }
}

interface Reading {
  readonly model: string;
  readonly capability: string;
  readonly counts: EngineCounts;
  /** In the order of the measures. */
  readonly values: readonly (number | undefined)[];
}

interface Definition {
  /** Counters end in `_total`. */
  readonly name: string;
  readonly help: string;
  /** Beside the label `model`; without it, a model's capabilities add up. */
  readonly hasCapability?: boolean;
  /** Undefined where the engine has none. */
  readonly read: (engine: {
    readonly status: EngineStatus;
    readonly cache: CacheMetricsSnapshot | undefined;
    readonly lora: LoraMetricsSnapshot | undefined;
  }) => number | undefined;
}

const definitions: readonly Definition[] = [
  {
    name: 'ferrum_engine_active_requests',
    help: 'Requests that the engine works on.',
    hasCapability: true,
    read: ({ status }) => status.activeRequests,
  },
  {
    name: 'ferrum_engine_queued_requests',
    help: 'Requests that wait for the engine.',
    hasCapability: true,
    read: ({ status }) => status.queuedRequests,
  },
  {
    name: 'ferrum_engine_cache_memory_bytes',
    help: "Memory of the engine's caches.",
    read: ({ status }) => status.memoryUsage.cacheMemoryBytes,
  },
  {
    name: 'ferrum_prefix_cache_hits_total',
    help: 'Requests that found part of their prompt in the prefix cache.',
    read: ({ cache }) => cache?.hits,
  },
  {
    name: 'ferrum_prefix_cache_misses_total',
    help: 'Requests that found nothing in the prefix cache.',
    read: ({ cache }) => cache?.misses,
  },
  {
    name: 'ferrum_prefix_cache_evictions_total',
    help: 'Entries that the prefix cache gave up for others.',
    read: ({ cache }) => cache?.evictions,
  },
  {
    name: 'ferrum_prefix_cache_saved_tokens_total',
    help: 'Tokens of prompts that were not computed again.',
    read: ({ cache }) => cache?.savedPrefillTokens,
  },
  { name: 'ferrum_prefix_cache_entries', help: 'Entries of the prefix cache.', read: ({ cache }) => cache?.entries },
  { name: 'ferrum_prefix_cache_bytes', help: 'Memory of the prefix cache.', read: ({ cache }) => cache?.bytes },
  { name: 'ferrum_lora_adapters', help: 'LoRA adapters that are loaded.', read: ({ lora }) => lora?.adapterCount },
  {
    name: 'ferrum_lora_active_requests',
    help: 'Running requests that use a LoRA adapter.',
    read: ({ lora }) => lora?.activeCacheBindings,
  },
  {
    name: 'ferrum_lora_applications_total',
    help: "Times that an adapter's matrices were applied to a layer.",
    read: ({ lora }) => lora?.projectionApplications,
  },
];

type Metric = Counter<string> | Gauge<string>;

interface Measure {
  readonly metric: Metric;
  readonly hasCapability: boolean;
  readonly read: Definition['read'];
}

function newMeasure(registry: Registry, { name, help, hasCapability = false, read }: Definition): Measure {
  const configuration = {
    registers: [registry],
    name,
    help,
    labelNames: hasCapability ? ['model', 'capability'] : ['model'],
  };
  const metric = name.endsWith('_total') ? new Counter(configuration) : new Gauge(configuration);
  return { metric, hasCapability, read };
}

function add(metric: Metric, labels: Readonly<Record<string, string>>, value: number | undefined): void {
  if (value !== undefined && Number.isFinite(value) && value >= 0) metric.inc(labels, value);
}
