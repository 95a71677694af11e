import type { CapabilityMap } from '@ferrum/interfaces';
import { createHost } from '@ferrum/registry';
import type { RemoteCapability, RemoteModelConfig } from '../config/remote-config.js';
import { createRemotePlugin } from '../create-remote-plugin.js';

/** Opens an engine over a server of Ferrum's. */
export async function openRemote<C extends RemoteCapability>(
  url: string,
  capability: C,
  model: string,
  options: Omit<RemoteModelConfig, 'capability'> = {},
): Promise<CapabilityMap[C]> {
  const plugin = createRemotePlugin({
    servers: [{ url }],
    api: 'ferrum',
    models: { [model]: { capability, ...options } },
  });
  // What opens goes to the caller, who closes it; the host itself holds nothing.
  return createHost({ plugins: [plugin] }).resolve(capability, { model });
}
