import type { Capability, Host, Plugin } from '@ferrum/interfaces';
import type { FerrumModelStore } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';
import type { CommandContext } from './context.js';

export interface HostRequest {
  /** What engines are wanted for: speech brings the phonemizer, if it is installed. */
  readonly capabilities: readonly Capability[];
  /** Of leased engines, in ms; Infinity keeps them open. Default 5 minutes. */
  readonly idleTimeoutMs?: number;
}

/** Opens a host with our own plugins and those that `FERRUM_PLUGINS` names. The caller disposes it. */
export async function openHost(
  context: CommandContext,
  store: FerrumModelStore,
  { capabilities, idleTimeoutMs }: HostRequest,
): Promise<Host> {
  const { environment } = context;
  const [{ createHost }, own, named, phonemizer] = await Promise.all([
    import('@ferrum/registry'),
    environment.loadPlugins(),
    loadNamedPlugins(context),
    capabilities.includes('speech') ? environment.loadPhonemizer() : undefined,
  ]);
  const [failure] = named.failures;
  if (failure) throw failure.error;
  return createHost({
    plugins: withPhonemizer([...own, ...named.plugins], phonemizer),
    models: store,
    ...(idleTimeoutMs !== undefined && { idleTimeoutMs }),
  });
}

/** Last, so that one that `FERRUM_PLUGINS` names comes before it; that may be the same. */
export function withPhonemizer(plugins: readonly Plugin[], phonemizer: Plugin | undefined): readonly Plugin[] {
  return phonemizer && plugins.every(({ name }) => name !== phonemizer.name) ? [...plugins, phonemizer] : plugins;
}

export interface NamedPlugins {
  readonly plugins: readonly Plugin[];
  readonly failures: readonly { readonly name: string; readonly error: Error }[];
}

/** Loads the plugin packages that `FERRUM_PLUGINS` names from where the command was started. */
export async function loadNamedPlugins({ environment }: CommandContext): Promise<NamedPlugins> {
  const names = (environment.variables.FERRUM_PLUGINS ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  if (names.length === 0) return { plugins: [], failures: [] };
  const { discoverPlugins } = await import('@ferrum/registry');
  const folder = environment.workingDirectory();
  const fail = (name: string, cause?: unknown) => ({
    name,
    error: new FerrumError(
      'Config',
      `FERRUM_PLUGINS names ${name}, which is no plugin among the dependencies in ${folder}. Install it there with npm, or take it out of FERRUM_PLUGINS.`,
      { cause, details: { plugin: name } },
    ),
  });
  try {
    const { plugins, failures } = await discoverPlugins({ from: folder, include: (name) => names.includes(name) });
    const found = new Set([...plugins.map(({ name }) => name), ...failures.map((failure) => failure.package)]);
    return {
      plugins,
      failures: [
        ...failures.map((failure) => ({ name: failure.package, error: failure.error })),
        ...names.filter((name) => !found.has(name)).map((name) => fail(name)),
      ],
    };
  } catch (error) {
    // The folder has no package.json, or one that cannot be read.
    return { plugins: [], failures: names.map((name) => fail(name, error)) };
  }
}
