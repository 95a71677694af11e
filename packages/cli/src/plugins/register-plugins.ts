import type { EngineDescriptor, Host, Plugin, PluginStatus } from '@ferrum/interfaces';
import { createHost, type HostOptions } from '@ferrum/registry';
import { abortable } from '@ferrum/registry/concurrency';
import type { EngineReport, PluginReport } from './plugin-report.js';
import type { FoundPlugins } from './plugin-source.js';

export interface RegisteredHost {
  readonly host: Host;
  /** Of every plugin, those that failed and those that were skipped included. */
  readonly reports: readonly PluginReport[];
}

/** Registers the plugins with a host, which opens nothing by itself and which the caller disposes. Says what they bring. */
export async function registerPlugins(
  { plugins, skipped }: FoundPlugins,
  options: Omit<HostOptions, 'plugins'> & { readonly signal?: AbortSignal },
): Promise<RegisteredHost> {
  const { signal, ...hostOptions } = options;
  const engines = new Map<Plugin, EngineDescriptor[]>();
  const host = createHost({
    ...hostOptions,
    plugins: plugins.map(({ plugin }) => {
      const registered: EngineDescriptor[] = [];
      engines.set(plugin, registered);
      return recording(plugin, registered);
    }),
  });
  let statuses: readonly PluginStatus[];
  try {
    statuses = await abortable(host.ready(), signal ? [signal] : [], 'Registering the plugins');
  } catch (error) {
    await host.dispose().catch(() => {});
    throw error;
  }
  const reports = plugins.map(({ plugin, source }): PluginReport => {
    const { name, version } = plugin;
    const status = statuses.find((candidate) => candidate.name === name);
    if (status?.state === 'failed') {
      return { name, version, source, state: 'failed', engines: [], error: status.error.message };
    }
    // What was handed over too late is not among the ids, and may be anything.
    const accepted = (engines.get(plugin) ?? []).filter(({ id }) => status?.engines.includes(id));
    return { name, version, source, state: 'registered', engines: accepted.map(reportOf) };
  });
  return {
    host,
    reports: [
      ...reports,
      ...skipped.map(
        ({ name, source, error }): PluginReport => ({
          name,
          source,
          state: 'failed',
          engines: [],
          error: error.message,
        }),
      ),
    ],
  };
}

/** The plugin, noting down what it hands to a host. */
function recording(plugin: Plugin, engines: EngineDescriptor[]): Plugin {
  const { specificationVersion, name, version } = plugin;
  return {
    specificationVersion,
    name,
    version,
    register: (registry) =>
      plugin.register({
        register: (descriptor) => {
          registry.register(descriptor);
          engines.push(descriptor);
        },
        provideModels: (store) => registry.provideModels(store),
      }),
  };
}

function reportOf({ id, capability, device, features }: Pick<EngineDescriptor, keyof EngineReport>): EngineReport {
  return { id, capability, device, features: [...features] };
}
