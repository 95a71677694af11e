import { FerrumError } from '@ferrum/registry/errors';
import type { CommandContext } from '../context.js';
import { createProgressReporter } from '../output/progress.js';
import { changePlugins, readDependencies } from '../plugins/change-plugins.js';
import { nearestOf } from '../plugins/nearest.js';
import { uninstall } from '../plugins/npm.js';

/** `ferrum plugins remove`: takes added plugins away, all that are named or none. */
export async function removePlugins(packages: readonly string[], context: CommandContext): Promise<void> {
  const { environment, signal, stdout, stderr } = context;
  const store = await environment.openStore({ offline: true });
  const names = [...new Set(packages)];
  const builtIn = (await environment.loadPlugins()).plugins.map(({ name }) => name);
  const progress = createProgressReporter(context);
  const onWait = () => void stderr.writeLine('Another command changes the plugins; waiting for it.').catch(() => {});
  try {
    await changePlugins({ home: store.home, signal, onWait }, async (folder, held) => {
      const added = Object.keys(await readDependencies(folder));
      for (const name of names) if (!added.includes(name)) throw unknown(name, added, builtIn);
      progress.listener({ phase: 'remove', label: names.join(', '), unit: 'packages', completed: 0 });
      await uninstall(names, { folder, variables: environment.variables, signal: held });
    });
  } finally {
    progress.stop();
  }
  for (const name of names) await stdout.writeLine(`removed ${name}`);
}

function unknown(name: string, added: readonly string[], builtIn: readonly string[]): FerrumError {
  const say = (message: string) => new FerrumError('NotFound', message, { details: { plugin: name } });
  if (builtIn.includes(name)) return say(`${name} comes with the command and cannot be removed.`);
  const nearest = nearestOf(name, added);
  if (nearest !== undefined) return say(`${name} is not among the added plugins. Did you mean ${nearest}?`);
  const there = added.length === 0 ? 'there are none' : `they are ${added.join(', ')}`;
  return say(`${name} is not among the added plugins; ${there}.`);
}
