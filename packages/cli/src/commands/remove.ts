import { FerrumError } from '@ferrum/registry/errors';
import type { CommandContext } from '../context.js';
import { formatBytes } from '../output/units.js';

/** `ferrum rm`: removes what can be removed, then fails if anything could not be. */
export async function remove(models: readonly string[], context: CommandContext): Promise<void> {
  const { environment, signal, stdout, stderr } = context;
  const store = await environment.openStore({ offline: true });
  let failure: unknown;
  for (const model of new Set(models)) {
    signal.throwIfAborted();
    try {
      const { freedBytes } = await store.remove(model);
      await stdout.writeLine(`removed ${model}, ${formatBytes(freedBytes)} freed`);
    } catch (error) {
      if (!FerrumError.isInstance(error)) throw error;
      // The last failure is told by the caller, the earlier ones here.
      if (failure instanceof Error) await stderr.writeLine(`${stderr.colors.red('ferrum:')} ${failure.message}`);
      failure = error;
    }
  }
  if (failure) throw failure;
}
