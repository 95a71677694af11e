import { FerrumError } from '@ferrum/registry/errors';
import { nearestOf } from './nearest.js';
import type { PluginReport } from './plugin-report.js';

/**
 * A plugin that failed counts as known: the command was to go on without it.
 *
 * @throws FerrumError `InvalidParameter` for something to prefer that no plugin and no engine is called.
 */
export function requirePreferred(prefer: readonly string[], plugins: readonly PluginReport[]): void {
  const names = plugins.flatMap(({ name, engines }) => [name, ...engines.map(({ id }) => id)]);
  const failed = plugins.filter(({ state }) => state === 'failed');
  for (const wanted of prefer) {
    if (names.includes(wanted) || failed.some(({ name }) => wanted.startsWith(`${name}/`))) continue;
    const nearest = nearestOf(wanted, names);
    throw new FerrumError(
      'InvalidParameter',
      `${wanted} is to be preferred, but no plugin and no engine here is called that.${nearest === undefined ? '' : ` Did you mean ${nearest}?`} "ferrum plugins list" shows what there is.`,
      { details: { parameter: 'prefer' } },
    );
  }
}
