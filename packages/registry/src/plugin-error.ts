import { FerrumError } from './errors.js';
import { messageOf } from './message-of.js';

/**
 * What a plugin failed with, as a FerrumError that names it: the one that was thrown when it does, else another of the same
 * code (`Config` for anything but a FerrumError). `what` completes "Plugin … failed to load".
 */
export function pluginError(thrown: unknown, plugin: string, what: string): FerrumError {
  const known = FerrumError.isInstance(thrown) ? thrown : undefined;
  if (known?.message.includes(plugin)) return known;
  return new FerrumError(known?.code ?? 'Config', `Plugin ${plugin} ${what}: ${messageOf(thrown)}`, {
    cause: thrown,
    details: { ...known?.details, plugin },
  });
}
