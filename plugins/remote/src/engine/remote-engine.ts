import type {
  EngineConfig,
  EngineMetrics,
  EngineStatus,
  HealthStatus,
  InferenceEngine,
  JsonValue,
  ModelManifest,
  ShutdownOptions,
} from '@ferrum/interfaces';
import { EngineLife } from '@ferrum/registry/engine';
import { FerrumError } from '@ferrum/registry/errors';
import { healthOf } from '@ferrum/registry/telemetry';
import type { CheckedModel } from '../config/check-config.js';
import { possibleFeatures } from '../features.js';
import type { ServerGroup } from '../http/server-group.js';
import { version } from '../version.js';
import { BusyClock } from './busy-clock.js';
import type { EngineOptions } from './engine-options.js';
import { lacking } from './lacking-feature.js';

export interface RemoteEngineParts<Model extends CheckedModel = CheckedModel> {
  readonly manifest: ModelManifest;
  /** As the configuration has it. */
  readonly model: Model;
  /** As the servers call it. */
  readonly remoteModel: string;
  readonly servers: ServerGroup;
  /** What the descriptor declares. */
  readonly features: readonly string[];
  readonly options: EngineOptions;
}

/** What engines over servers have in common: calls are counted, health is that of the servers. */
export abstract class RemoteEngine<Model extends CheckedModel> implements InferenceEngine {
  readonly specificationVersion = '1';
  protected readonly life: EngineLife;
  readonly #clock = new BusyClock();

  /** @param what for people, completes "… failed": `Transcribing` */
  constructor(
    protected readonly parts: RemoteEngineParts<Model>,
    what: string,
  ) {
    const { manifest, options, servers, remoteModel } = parts;
    this.life = new EngineLife({
      ...{ manifest, version, what, ...options },
      timedParts: [],
      dispose: servers.hold(),
    });
    this.life.attach({
      waiting: () => servers.waiting(remoteModel),
      metrics: () => ({ waitingRequests: servers.waiting(remoteModel) }),
      idle: async () => {},
    });
  }

  get modelId(): string {
    return this.life.modelId;
  }

  async status(): Promise<EngineStatus> {
    const status = await this.life.status();
    const { available } = this.#servers();
    return { ...status, isReady: status.isReady && available > 0 };
  }

  metrics(): EngineMetrics {
    return this.life.metrics();
  }

  async healthCheck(): Promise<HealthStatus> {
    const { componentStatus } = await this.life.healthCheck();
    const { backend } = componentStatus;
    const { total, available, down } = this.#servers();
    const metrics = { servers: total, availableServers: available };
    if (backend === undefined || backend.status === 'unhealthy' || down.length === 0) {
      return healthOf({ ...componentStatus, ...(backend && { backend: { ...backend, metrics } }) });
    }
    const status = available === 0 ? 'unhealthy' : 'warning';
    const message = `out of use: ${down.map(({ url, lastFailure }) => lastFailure?.message ?? url).join('; ')}`;
    return healthOf({ ...componentStatus, backend: { ...backend, status, message, metrics } });
  }

  config(): EngineConfig {
    const { remoteModel, servers, options } = this.parts;
    const { retry, timeouts, circuitBreaker, api } = servers.config;
    const { modelId } = this;
    return {
      model: {
        modelId,
        modelInfo: { modelId, modelType: 'remote', device: 'remote', metadata: {}, ...this.modelFacts() },
      },
      backend: {
        backendType: 'remote',
        device: 'remote',
        backendOptions: {
          ...{ api, remoteModel, ...options },
          servers: servers.serversOf(remoteModel).map(({ url }) => url),
          retry: { ...retry },
          timeouts: { ...timeouts },
          circuitBreaker: { ...circuitBreaker },
        },
      },
    };
  }

  shutdown(options?: ShutdownOptions): Promise<void> {
    return this.life.shutdown(options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  /** What is known of the model. */
  protected modelFacts(): { readonly maxSequenceLength?: number; readonly metadata?: Record<string, JsonValue> } {
    return {};
  }

  /** @throws FerrumError `Unsupported` where only Ferrum's servers know the field */
  protected requireFerrum(field: string): void {
    if (this.parts.servers.config.api === 'ferrum') return;
    throw new FerrumError(
      'Unsupported',
      `\`${field}\` is no part of OpenAI's API. Leave it out, or set api: 'ferrum' in the configuration if the servers are Ferrum's.`,
      { details: { parameter: field } },
    );
  }

  /** @throws FerrumError `Unsupported` for what the servers are not said to be able to do */
  protected requireFeature(feature: string, field: string): void {
    const { features, model, servers } = this.parts;
    if (features.includes(feature)) return;
    if (!possibleFeatures(model.capability, servers.config.api).includes(feature)) this.requireFerrum(field);
    throw lacking(feature, field);
  }

  /** Counts a call. @param work resolves to the tokens that it made, or read */
  protected async call(signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<number>): Promise<void> {
    const { recorder } = this.life;
    await this.life.call(signal, async (either) => {
      this.#clock.begin();
      try {
        const tokens = await work(either);
        recorder.heartbeat();
        recorder.backendError = undefined;
        return tokens;
      } catch (thrown) {
        const error = FerrumError.isInstance(thrown) ? this.parts.servers.withoutKeys(thrown) : thrown;
        if (FerrumError.isInstance(error) && faults.has(error.code)) recorder.backendError = error;
        throw error;
      } finally {
        recorder.busy(this.#clock.end());
      }
    });
  }

  #servers() {
    const servers = this.parts.servers.serversOf(this.parts.remoteModel);
    const down = servers.filter(({ isAvailable }) => !isAvailable);
    return { total: servers.length, available: servers.length - down.length, down };
  }
}

/** Of the servers, not of a request. */
const faults: ReadonlySet<string> = new Set(['Backend', 'Network', 'Timeout', 'ResourceExhausted', 'RateLimit']);
