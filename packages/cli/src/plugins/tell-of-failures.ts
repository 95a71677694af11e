import type { CommandContext } from '../context.js';
import { cleanForTerminal } from '../output/terminal-text.js';
import type { PluginReport } from './plugin-report.js';

/** A command may open several hosts; each plugin is told of once. */
const told = new WeakMap<CommandContext, Set<string>>();

/** Says on stderr which plugins the command goes on without. */
export async function tellOfFailures(reports: readonly PluginReport[], context: CommandContext): Promise<void> {
  const earlier = told.get(context) ?? new Set<string>();
  told.set(context, earlier);
  const { stderr } = context;
  for (const report of reports) {
    if (report.state === 'registered') continue;
    const line = cleanForTerminal(`plugin ${report.name} was skipped: ${report.error}`);
    if (earlier.has(line)) continue;
    earlier.add(line);
    // With stderr closed nobody wants to know.
    await stderr.writeLine(`${stderr.colors.yellow('ferrum:')} ${line}`).catch(() => {});
  }
}
