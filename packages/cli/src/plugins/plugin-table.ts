import { formatTable } from '../output/table.js';
import { cleanForTerminal } from '../output/terminal-text.js';
import type { PluginReport } from './plugin-report.js';

/** `NAME VERSION (note)`, and below it its engines or what is wrong with it. */
export function formatPlugin(plugin: PluginReport, note: string): string {
  const { name, version, engines } = plugin;
  const title = `${name}${version === undefined ? '' : ` ${version}`} (${note})`;
  const rows = engines.map(({ id, capability, device, features }) => [
    `  ${id}`,
    capability,
    device,
    features.join(', '),
  ]);
  const body = plugin.state === 'failed' ? `  failed: ${plugin.error.replaceAll('\n', '\n  ')}` : formatTable(rows);
  return cleanForTerminal(body === '' ? title : `${title}\n${body}`);
}
