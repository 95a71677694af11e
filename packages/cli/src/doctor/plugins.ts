import type { Plugin } from '@ferrum/interfaces';
import type { EngineReport, PluginReport } from './report.js';

/** Lets a plugin register with nobody, to see what it brings. */
export async function examinePlugin(plugin: Plugin): Promise<PluginReport> {
  const { name, version } = plugin;
  const engines: EngineReport[] = [];
  try {
    await plugin.register({
      register: ({ id, capability, device, features }) => {
        engines.push({ id, capability, device, features });
      },
      provideModels: () => {},
    });
  } catch (error) {
    return { name, version, state: 'failed', error: error instanceof Error ? error.message : String(error) };
  }
  return { name, version, state: 'registered', engines };
}
