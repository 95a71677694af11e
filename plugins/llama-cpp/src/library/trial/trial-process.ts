// Runs in a process of its own, which a damaged file may crash: node trial-process.js TRIAL. Told what to do by try-file.ts.
import { FerrumError } from '@ferrum/registry/errors';
import { runTrial } from './run-trial.js';
import type { Trial, TrialMessage } from './trial-messages.js';

const send = (message: TrialMessage) => new Promise<void>((resolve) => process.send?.(message, () => resolve()));
// Nobody waits for it any more.
process.on('disconnect', () => process.exit());

try {
  const trial = JSON.parse(process.argv[2] ?? '') as Trial;
  await send({ type: 'begin' });
  await runTrial(trial, (share) => void send({ type: 'progress', share }));
  await send({ type: 'end' });
} catch (error) {
  const code = FerrumError.isInstance(error) ? error.code : 'Model';
  await send({ type: 'end', error: { code, message: error instanceof Error ? error.message : String(error) } });
}
// Freeing what is in memory is left to the system.
process.kill(process.pid, 'SIGKILL');
