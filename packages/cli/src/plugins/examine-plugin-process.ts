// Runs in a process of its own: node examine-plugin-process.js FOLDER PACKAGE. Told what to do by examine-plugin.ts.
import { setTimeout as sleep } from 'node:timers/promises';
import { discoverPlugins } from '@ferrum/registry';
import { asError } from './as-error.js';
import type { ExaminationMessage } from './examination-message.js';
import { registerPlugins } from './register-plugins.js';

const [folder = '', packageName = ''] = process.argv.slice(2);
// A plugin that tells a process manager how it does, say, is not to tell it here.
const send = process.send?.bind(process);
delete process.send;
process.on('disconnect', () => process.exit());
// Unhandled rejections come here, too. Such a plugin would end each command that loads it.
process.on('uncaughtException', (thrown) => {
  const error = `it fails by itself, in no call of Ferrum's: ${asError(thrown).message}`;
  tell({ type: 'end', report: { name: packageName, source: 'added', state: 'failed', engines: [], error } });
});

const { plugins, failures } = await discoverPlugins({ from: folder, include: (name) => name === packageName });
const found = {
  plugins: plugins.map((plugin) => ({ plugin, source: 'added' as const })),
  skipped: failures.map(({ package: name, error }) => ({ name, source: 'added' as const, error })),
};
tell({ type: 'registering' });
const {
  reports: [report],
} = await registerPlugins(found, {});
// For what it has begun without waiting for it.
await sleep(200);
tell({ type: 'end', ...(report && { report }) });

function tell(message: ExaminationMessage): void {
  send?.(message);
}
