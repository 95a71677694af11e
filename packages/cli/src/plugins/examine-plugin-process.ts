// Runs in a process of its own: node examine-plugin-process.js FOLDER PACKAGE. Told what to do by examine-plugin.ts.
import { discoverPlugins } from '@ferrum/registry';
import type { ExaminationMessage } from './examination-message.js';
import { registerPlugins } from './register-plugins.js';

const [folder = '', packageName = ''] = process.argv.slice(2);
const { plugins, failures } = await discoverPlugins({ from: folder, include: (name) => name === packageName });
const found = {
  plugins: plugins.map((plugin) => ({ plugin, source: 'added' as const })),
  skipped: failures.map(({ package: name, error }) => ({ name, source: 'added' as const, error })),
};
tell({ type: 'registering' });
const {
  reports: [report],
} = await registerPlugins(found, {});
tell({ type: 'end', ...(report && { report }) });

function tell(message: ExaminationMessage): void {
  process.send?.(message);
}
