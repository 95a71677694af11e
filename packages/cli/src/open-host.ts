import type { Capability, Host } from '@ferrum/interfaces';
import type { FerrumModelStore } from '@ferrum/models';
import type { CommandContext } from './context.js';
import { findPlugins } from './plugins/find-plugins.js';

export interface HostRequest {
  /** What engines are wanted for: speech brings the phonemizer, if it is installed. */
  readonly capabilities: readonly Capability[];
  /** Of leased engines, in ms; Infinity keeps them open. Default 5 minutes. */
  readonly idleTimeoutMs?: number;
  /** Engine ids or plugin names, most wanted first. */
  readonly prefer?: readonly string[];
}

/**
 * Opens a host with every plugin of the command; those that fail are named on stderr. The caller disposes it.
 *
 * @throws FerrumError `InvalidParameter` for something to prefer that is not there; `Cancelled`.
 */
export async function openHost(
  context: CommandContext,
  store: FerrumModelStore,
  { capabilities, idleTimeoutMs, prefer = [] }: HostRequest,
): Promise<Host> {
  const [found, { registerPlugins }, { tellOfFailures }, { requirePreferred }] = await Promise.all([
    findPlugins(context, { home: store.home, phonemizer: capabilities.includes('speech') }),
    import('./plugins/register-plugins.js'),
    import('./plugins/tell-of-failures.js'),
    import('./plugins/require-preferred.js'),
  ]);
  const { host, reports } = await registerPlugins(found, {
    models: store,
    prefer,
    signal: context.signal,
    ...(idleTimeoutMs !== undefined && { idleTimeoutMs }),
  });
  try {
    await tellOfFailures(reports, context);
    requirePreferred(prefer, reports);
    return host;
  } catch (error) {
    await host.dispose().catch(() => {});
    throw error;
  }
}
