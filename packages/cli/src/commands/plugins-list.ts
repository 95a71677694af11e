import type { CommandContext } from '../context.js';
import { writeJsonLine } from '../output/json-line.js';
import { findPlugins } from '../plugins/find-plugins.js';
import { pluginSourceNames } from '../plugins/plugin-source.js';
import { formatPlugin } from '../plugins/plugin-table.js';
import { registerPlugins } from '../plugins/register-plugins.js';

/** `ferrum plugins list`: what every command uses. One that is broken is part of the list, and no failure of the command. */
export async function listPlugins(flags: { readonly json?: true }, context: CommandContext): Promise<void> {
  const { environment, signal, stdout } = context;
  const store = await environment.openStore({ offline: true });
  const found = await findPlugins(context, { home: store.home, phonemizer: true });
  const { host, reports } = await registerPlugins(found, { models: store, signal });
  await host.dispose();
  for (const report of reports) {
    await (flags.json
      ? writeJsonLine(stdout, report)
      : stdout.writeLine(formatPlugin(report, pluginSourceNames[report.source])));
  }
}
