export type {
  CircuitBreakerConfig,
  HealthCheckConfig,
  RemoteCapability,
  RemoteConfig,
  RemoteModelConfig,
  RetryConfig,
  ServerConfig,
  TimeoutConfig,
} from './config/remote-config.js';
export { createRemotePlugin } from './create-remote-plugin.js';
export { plugin } from './plugin.js';
