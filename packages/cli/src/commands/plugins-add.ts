import { isAbsolute, join } from 'node:path';
import { FerrumError } from '@ferrum/registry/errors';
import type { CommandContext } from '../context.js';
import { createProgressReporter, type ProgressReporter } from '../output/progress.js';
import { cleanForTerminal } from '../output/terminal-text.js';
import { everyCapability } from '../plugins/capabilities.js';
import { changePlugins, readDependencies, readManifest } from '../plugins/change-plugins.js';
import { isPermissive, licenceOf } from '../plugins/licence.js';
import { runNpm, uninstall } from '../plugins/npm.js';
import type { RegisteredPlugin } from '../plugins/plugin-report.js';
import { formatPlugin } from '../plugins/plugin-table.js';
import { absoluteSpecifier, dependenciesOf } from '../plugins/specifiers.js';

/** `ferrum plugins add`: installs packages with npm, and keeps them if each is a plugin that registers. */
export async function addPlugins(specifiers: readonly string[], context: CommandContext): Promise<void> {
  const { environment, signal, stdout, stderr } = context;
  if (specifiers.some((specifier) => specifier.trim() === '')) {
    // npm takes it for the folder that it works in.
    throw new FerrumError('InvalidParameter', 'One of the packages to add has an empty name. Give names, folders, …', {
      details: { parameter: 'package' },
    });
  }
  const store = await environment.openStore({ offline: false });
  const wanted = specifiers.map((specifier) => absoluteSpecifier(specifier, environment.workingDirectory()));
  const builtIn = new Set((await environment.loadPlugins()).plugins.map(({ name }) => name));
  const progress = createProgressReporter(context);
  const onWait = () => void stderr.writeLine('Another command changes the plugins; waiting for it.').catch(() => {});
  let added: readonly AddedPlugin[];
  try {
    added = await changePlugins({ home: store.home, signal, onWait }, async (folder, held) => {
      const installing = { folder, wanted, offline: store.offline, signal: held };
      const names = await install(installing, progress, context);
      const plugins: AddedPlugin[] = [];
      for (const name of names) {
        if (builtIn.has(name)) throw refusal(name, 'it comes with the command already');
        progress.listener({ phase: 'try', label: name, unit: 'packages', completed: 0 });
        plugins.push(await tryOut(name, folder, held, context));
      }
      return plugins;
    });
  } finally {
    progress.stop();
  }
  for (const { plugin, licence } of added) {
    await stdout.writeLine(`added ${formatPlugin(plugin, licence ?? 'no licence')}`);
    for (const warning of [...unknownCapabilities(plugin), ...licenceWarning(plugin, licence)]) {
      await stderr.writeLine(`${stderr.colors.yellow('ferrum:')} ${cleanForTerminal(warning)}`);
    }
  }
}

/** A third party may add a capability of its own, for its own hosts; more often it is misspelt. */
function unknownCapabilities({ engines }: RegisteredPlugin): readonly string[] {
  const known: readonly string[] = everyCapability;
  return engines
    .filter(({ capability }) => !known.includes(capability))
    .map(
      ({ id, capability }) =>
        `${id} is for ${JSON.stringify(capability)}, which no command uses; Ferrum's capabilities are ${known.join(', ')}.`,
    );
}

function licenceWarning({ name }: RegisteredPlugin, licence: string | undefined): readonly string[] {
  if (licence === undefined) return [`${name} names no licence: see what it asks of you.`];
  if (isPermissive(licence)) return [];
  return [`${name} has the licence ${licence}, which is not known as a permissive one: see what it asks of you.`];
}

interface AddedPlugin {
  readonly plugin: RegisteredPlugin;
  readonly licence: string | undefined;
}

interface Installation {
  readonly folder: string;
  readonly wanted: readonly string[];
  readonly offline: boolean;
  readonly signal: AbortSignal;
}

/** @returns The names of the packages that were asked for. */
async function install(
  { folder, wanted, offline, signal }: Installation,
  progress: ProgressReporter,
  { environment }: CommandContext,
): Promise<readonly string[]> {
  const label = wanted.join(', ');
  progress.listener({ phase: 'install', label, unit: 'packages', completed: 0 });
  const before = await readDependencies(folder);
  // npm takes a folder or an archive for unchanged while its path is: what it holds now counts only for a new dependency.
  const again = wanted.filter((specifier) => isAbsolute(specifier));
  const stale = again.flatMap((specifier) => dependenciesOf(specifier, before, folder));
  if (stale.length > 0) await uninstall(stale, { folder, variables: environment.variables, signal });
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--omit=dev', '--install-links', '--save-prod'];
  await runNpm({
    arguments: ['install', ...flags, ...(offline ? ['--offline'] : []), '--', ...wanted],
    folder,
    variables: environment.variables,
    signal,
    doing: `install ${label}`,
  });
  const after = await readDependencies(folder);
  const changed = Object.keys(after).filter((name) => after[name] !== before[name]);
  return [...new Set([...changed, ...wanted.flatMap((specifier) => dependenciesOf(specifier, after, folder))])];
}

async function tryOut(
  name: string,
  folder: string,
  signal: AbortSignal,
  { environment }: CommandContext,
): Promise<AddedPlugin> {
  const report = await environment.examinePlugin({ folder, packageName: name, signal });
  if (report === undefined) {
    throw refusal(name, 'it is no Ferrum plugin: its package.json has no "ferrum": { "plugin": … }');
  }
  if (report.state === 'failed') throw refusal(name, `it does not work: ${report.error.replace(/\.$/, '')}`);
  const manifest = await readManifest(join(folder, 'node_modules', name, 'package.json'));
  return { plugin: report, licence: licenceOf(manifest) };
}

function refusal(name: string, reason: string): FerrumError {
  return new FerrumError('Config', `${name} was not added: ${reason}. The plugins are as they were.`, {
    details: { plugin: name },
  });
}
