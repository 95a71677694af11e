import type { CapabilityMap, Host } from '@ferrum/interfaces';
import { createHost } from '@ferrum/registry';
import type { RemoteCapability, RemoteConfig, RemoteModelConfig } from '../config/remote-config.js';
import { createRemotePlugin } from '../create-remote-plugin.js';

export interface OpenedEngine<C extends RemoteCapability> extends AsyncDisposable {
  readonly engine: CapabilityMap[C];
  readonly host: Host;
}

/** Short times, so that tests end soon. */
const quick = {
  retry: { initialDelayMs: 1, maxDelayMs: 20 },
  healthCheck: false,
} as const satisfies Partial<RemoteConfig>;

/** An engine of the model `model` over these servers. */
export async function openEngine<C extends RemoteCapability>(
  capability: C,
  urls: readonly string[],
  config: Partial<RemoteConfig> = {},
  model: Omit<RemoteModelConfig, 'capability'> = {},
): Promise<OpenedEngine<C>> {
  const plugin = createRemotePlugin({
    servers: urls.map((url) => ({ url })),
    models: { model: { capability, ...model } },
    ...quick,
    ...config,
  });
  const host = createHost({ plugins: [plugin] });
  try {
    const engine = await host.resolve(capability, { model: 'model' });
    return { engine, host, [Symbol.asyncDispose]: () => host.dispose() };
  } catch (error) {
    await host.dispose();
    throw error;
  }
}
