import { once } from 'node:events';
import type { Capability, Host } from '@ferrum/interfaces';
import type { FerrumModelStore } from '@ferrum/models';
import { createServer, type FerrumServer, withDefaults } from '@ferrum/server';
import type { CommandContext } from '../context.js';
import { type ExitCode, exitCodes } from '../exit-code.js';
import { Interruption } from '../interruption.js';
import { openHost } from '../open-host.js';
import { requireServedAdapters } from '../serve/adapters.js';
import { chooseInstalled, chooseNamed, type ModelChoice, pullModels } from '../serve/choose-models.js';
import { type Configuration, readConfiguration } from '../serve/configuration.js';
import { planModels } from '../serve/plan-models.js';
import { printConfiguration } from '../serve/print-configuration.js';
import type { ServeFlags } from '../serve/serve-flags.js';
import { createServerLog } from '../serve/server-log.js';
import { reportStart } from '../serve/start-report.js';
import { readVersion } from '../version.js';

/** `ferrum serve`: the OpenAI-compatible server, until a signal stops it. */
export async function serve(names: readonly string[], flags: ServeFlags, context: CommandContext): Promise<ExitCode> {
  const configuration = await readConfiguration(names, flags, context);
  await requireServedAdapters(configuration, flags, context);
  const store = await context.environment.openStore({ offline: configuration.offline });
  const choice = await chooseModels(configuration, store, flags, context);
  const host = await openHost(context, store, {
    capabilities: capabilitiesOf(choice),
    idleTimeoutMs: idleTimeoutOf(configuration),
    prefer: configuration.prefer,
  });
  let server: FerrumServer | undefined;
  try {
    const { preload, settings } = configuration;
    const plan = await planModels(choice, { isNamed: configuration.models !== undefined, preload, flags }, host);
    if (flags.printConfig) {
      await printConfiguration(configuration, plan.models, context);
    } else {
      server = await createServer({
        ...settings,
        engines: host,
        models: plan.models.map(({ served }) => served),
        logger: createServerLog(context, withDefaults(settings).logLevel),
        version: readVersion(),
      });
      const { url } = await server.listen();
      await reportStart({ url, plan, configuration, host }, context);
    }
  } catch (error) {
    await close(server, host).catch(() => {});
    throw error;
  }
  if (server === undefined) {
    await host.dispose();
    return exitCodes.success;
  }
  return await serveUntilStopped(server, host, configuration, context);
}

async function chooseModels(
  { models }: Configuration,
  store: FerrumModelStore,
  flags: ServeFlags,
  context: CommandContext,
): Promise<ModelChoice> {
  if (models === undefined) return await chooseInstalled(store);
  const choice = await chooseNamed(store, models);
  return flags.printConfig ? choice : { ...choice, chosen: await pullModels(choice.chosen, store, context) };
}

/** Files that do not say what they are for may be for anything, speech included. */
function capabilitiesOf({ chosen }: ModelChoice): readonly Capability[] {
  return chosen.flatMap(({ manifest }) => manifest?.capabilities ?? 'speech');
}

function idleTimeoutOf({ idleTimeoutSeconds = 300 }: Configuration): number {
  return idleTimeoutSeconds === 0 ? Number.POSITIVE_INFINITY : idleTimeoutSeconds * 1000;
}

/** A server that was told to stop and did has not failed, whatever the signal. */
async function serveUntilStopped(
  server: FerrumServer,
  host: Host,
  { settings }: Configuration,
  { signal, stderr }: CommandContext,
): Promise<ExitCode> {
  if (!signal.aborted) await once(signal, 'abort');
  const seconds = withDefaults(settings).timeouts.shutdownSeconds;
  // Where the terminal is gone nobody reads it.
  await stderr.writeLine(`Stopping; answers under way may take up to ${seconds} s.`).catch(() => {});
  try {
    await close(server, host);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    await stderr.writeLine(`${stderr.colors.red('ferrum:')} stopping failed: ${message}`).catch(() => {});
    return exitCodes.failure;
  }
  const { reason } = signal;
  return reason instanceof Interruption && reason.exitCode === exitCodes.hungUp ? exitCodes.hungUp : exitCodes.success;
}

/** Engines last: answers under way need them. */
async function close(server: FerrumServer | undefined, host: Host): Promise<void> {
  try {
    await server?.close();
  } finally {
    await host.dispose();
  }
}
