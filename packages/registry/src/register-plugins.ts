import type { Plugin, PluginStatus } from '@ferrum/interfaces';
import { abortable } from './concurrency/abortable.js';
import { withinTime } from './concurrency/within-time.js';
import type { Container } from './container.js';
import { assertPlugin } from './define-plugin.js';
import { FerrumError } from './errors.js';
import { pluginError } from './plugin-error.js';
import { StagedRegistrations } from './staged-registrations.js';

export interface Registration {
  /** In order; grows until `finished`. */
  readonly statuses: readonly PluginStatus[];
  /** Never rejects: a plugin that fails is in `statuses`. */
  readonly finished: Promise<void>;
}

export interface RegistrationInputs {
  /** What the application lists, plugins or not. */
  readonly plugins: readonly unknown[];
  readonly container: Container;
  /** For the `register()` of one plugin, in ms. */
  readonly timeoutMs: number;
  /** Ends the waiting; a plugin that has not registered by then stays out. */
  readonly stop: AbortSignal;
}

/** Lets each plugin register, one after the other, so that registration order is the order of the list. */
export function registerPlugins(inputs: RegistrationInputs): Registration {
  const statuses: PluginStatus[] = [];
  return { statuses, finished: registerInOrder(inputs, statuses) };
}

async function registerInOrder(
  { plugins, container, timeoutMs, stop }: RegistrationInputs,
  statuses: PluginStatus[],
): Promise<void> {
  const names = new Set<string>();
  for (const [index, plugin] of plugins.entries()) {
    if (stop.aborted) return;
    const place = `plugins[${index}]`;
    const identity: { name: string; version?: string } = { name: place };
    let staged: StagedRegistrations | undefined;
    try {
      Object.assign(identity, identityOf(plugin));
      assertPlugin(plugin, `createHost(): ${place}`);
      const { name, version } = plugin;
      if (names.has(name)) throw duplicate(name, place);
      names.add(name);
      staged = new StagedRegistrations(name, container);
      const pending = plugin.register(staged.registry);
      // Not awaited when synchronous, so that `host.plugins` is complete at once in the usual case.
      if (pending !== undefined) {
        const registering = abortable(Promise.resolve(pending), stop, `Registering ${name}`);
        await withinTime(registering, timeoutMs, () => late(name, timeoutMs));
      }
      statuses.push({ name, version, state: 'registered', engines: staged.commit() });
    } catch (thrown) {
      if (stop.aborted) return;
      statuses.push({ ...identity, state: 'failed', error: pluginError(thrown, identity.name, 'failed to register') });
    } finally {
      staged?.end();
    }
  }
}

/** What is known of it before it is known to be a plugin. */
function identityOf(value: unknown): { name?: string; version?: string } {
  const { name, version }: Partial<Record<keyof Plugin, unknown>> = value ?? {};
  return {
    ...(typeof name === 'string' && name !== '' && { name }),
    ...(typeof version === 'string' && version !== '' && { version }),
  };
}

function duplicate(name: string, place: string): FerrumError {
  const message = `createHost(): ${place} is a second plugin named ${name}, and the first is used; pass each once.`;
  return new FerrumError('AlreadyExists', message, { details: { plugin: name } });
}

function late(name: string, registrationTimeoutMs: number): FerrumError {
  const message =
    `Plugin ${name} had not registered after ${registrationTimeoutMs} ms and was left out. ` +
    'If it needs longer, give createHost() a larger registrationTimeoutMs.';
  return new FerrumError('Timeout', message, { details: { plugin: name, registrationTimeoutMs } });
}
