import type { Plugin } from '@ferrum/interfaces';
import { FerrumError } from './errors.js';

/**
 * Checks a plugin where it is written, so that a mistake shows at import and not in a user's host. Returns it unchanged.
 * @throws FerrumError `Config`.
 */
export function definePlugin(plugin: Plugin): Plugin {
  assertPlugin(plugin, 'definePlugin()');
  return plugin;
}

/**
 * Plugins come from packages that may use another copy or version of this one, so each host checks them again.
 * @throws FerrumError `Config`; `where` says who handed the plugin over.
 */
export function assertPlugin(value: unknown, where: string): asserts value is Plugin {
  if (typeof value !== 'object' || value === null) {
    throw new FerrumError('Config', `${where}: a plugin is an object made by definePlugin(), not ${kindOf(value)}.`);
  }
  const { name, version, specificationVersion, register }: Partial<Record<keyof Plugin, unknown>> = value;
  if (typeof name !== 'string' || name === '') {
    throw new FerrumError('Config', `${where}: a plugin's name is its npm package name, not ${kindOf(name)}.`);
  }
  const details = { plugin: name };
  if (specificationVersion !== '1') {
    const message =
      `${where}: plugin ${name} has specificationVersion ${kindOf(specificationVersion)}, and this @ferrum/registry ` +
      "understands '1'. Install versions of the two that belong together.";
    throw new FerrumError('Config', message, { details });
  }
  if (typeof version !== 'string' || version === '') {
    throw new FerrumError('Config', `${where}: plugin ${name} has no version.`, { details });
  }
  if (typeof register !== 'function') {
    throw new FerrumError('Config', `${where}: plugin ${name} has no register(registry) function.`, { details });
  }
}

/** Short text for a wrong value in a message: strings and numbers as they are, the rest by type. */
export function kindOf(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (value === null || ['undefined', 'number', 'boolean'].includes(typeof value)) return String(value);
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
}
