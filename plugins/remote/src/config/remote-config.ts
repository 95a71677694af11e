import type { Capability, Voice } from '@ferrum/interfaces';

/** The capabilities that an OpenAI-compatible server can have. */
export type RemoteCapability = Exclude<Capability, 'phonemization'>;

/** Where models are, and how servers are treated. */
export interface RemoteConfig {
  /** At least one. */
  readonly servers: readonly ServerConfig[];
  /** By the name that the application uses. `remote:NAME` needs no entry. Default: none. */
  readonly models?: Readonly<Record<string, RemoteModelConfig>>;
  /** Of the plugin, unique in a host: for two clusters in one host. Default `@ferrum/plugin-remote`. */
  readonly name?: string;
  /** `ferrum`: the servers are Ferrum's, and know its extensions. Default `openai`. */
  readonly api?: 'openai' | 'ferrum';
  readonly timeouts?: TimeoutConfig;
  readonly retry?: RetryConfig;
  readonly circuitBreaker?: CircuitBreakerConfig;
  /** Default: as `HealthCheckConfig` says; false: none. */
  readonly healthCheck?: HealthCheckConfig | false;
}

export interface ServerConfig {
  /** Base URL, `/v1` included where the server has it, e.g. `http://gpu-1:8000/v1`. */
  readonly url: string;
  /** The environment variable that holds the server's API key. Default: no key. */
  readonly apiKeyEnv?: string;
  /** Sent with every request; no place for keys. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Models by the server's own names. Default: every model. */
  readonly models?: readonly string[];
  /** Requests at once, ≥ 1; more wait. Default: no limit. */
  readonly maxConcurrent?: number;
}

export interface RemoteModelConfig {
  readonly capability: RemoteCapability;
  /** As the servers call it. Default: as the application does. */
  readonly name?: string;
  /**
   * What the servers can do, by the names of `EngineDescriptor.features`; a request for something else is refused before it is
   * sent. Default: what the API has.
   */
  readonly features?: readonly string[];
  /** Text generation: tokens of prompt and answer, as `config()` tells. */
  readonly contextLength?: number;
  /** Embedding: values of an embedding. Default: one text is embedded to see. */
  readonly dimensions?: number;
  /** Embedding: what goes before a text, by `promptName`. Default: none. */
  readonly prompts?: Readonly<Record<string, string>>;
  /** Embedding, reranking: inputs of one request, ≥ 1; more are sent in several, to several servers. Default 64. */
  readonly maxBatchSize?: number;
  /** Reranking: whether the server answers probabilities, or logits as llama.cpp does. Default `probability`. */
  readonly scores?: 'probability' | 'logit';
  /** Speech: of the server's `pcm`, in Hz. Default 24000, as OpenAI documents. */
  readonly sampleRate?: number;
  /** Speech: first the default one. Default: what the server lists, if it is a Ferrum; else none. */
  readonly voices?: readonly Pick<Voice, 'id' | 'language' | 'gender' | 'description' | 'license'>[];
}

/** In ms. */
export interface TimeoutConfig {
  /** Until a connection is there. Default 10,000. */
  readonly connectMs?: number;
  /** Until the answer begins: with a streaming server the first token, with others the whole work. Default 600,000. */
  readonly firstByteMs?: number;
  /** Between two pieces of an answer. Default 120,000. */
  readonly idleMs?: number;
}

export interface RetryConfig {
  /** In all, the first included; 1: none again. Default 3. */
  readonly attempts?: number;
  /** Before a server is asked again, in ms; doubles, with jitter. Default 200. */
  readonly initialDelayMs?: number;
  /** Longest wait, in ms; of a server that asks for more (`Retry-After`) the error is passed on. Default 5000. */
  readonly maxDelayMs?: number;
}

export interface CircuitBreakerConfig {
  /** Failed requests in a row after which a server gets none. Default 5. */
  readonly consecutiveFailures?: number;
  /** For how long, in ms; then one request tries whether it works again. Default 10,000. */
  readonly openMs?: number;
}

export interface HealthCheckConfig {
  /** Between two checks, in ms. Default 10,000. */
  readonly intervalMs?: number;
  /** From the root of the server. A status below 500 is healthy. Default `/health`. */
  readonly path?: string;
  /** In ms. Default 5000. */
  readonly timeoutMs?: number;
}
