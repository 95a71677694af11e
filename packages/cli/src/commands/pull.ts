import type { CommandContext } from '../context.js';
import { createProgressReporter } from '../output/progress.js';
import { formatBytes } from '../output/units.js';

/** `ferrum pull`: brings a model to this machine and says where it is. */
export async function pull(model: string, context: CommandContext): Promise<void> {
  const { environment, signal, stdout } = context;
  const store = await environment.openStore({ offline: false });
  const progress = createProgressReporter(context);
  try {
    const { manifest, directory } = await store.pull(model, { signal, onProgress: progress.listener });
    progress.stop();
    const facts = [manifest.sizeBytes === undefined ? undefined : formatBytes(manifest.sizeBytes), manifest.license];
    const known = facts.filter((fact) => fact !== undefined);
    await stdout.writeLine(`${model}${known.length > 0 ? ` (${known.join(', ')})` : ''} is in ${directory}`);
  } finally {
    progress.stop();
  }
}
