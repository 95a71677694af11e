import type { Plugin } from '@ferrum/interfaces';

/**
 * Where a plugin comes from: with the command (`built-in`, the phonemizer beside it included), from `ferrum plugins add`
 * (`added`), or from `FERRUM_PLUGINS` (`environment`).
 */
export type PluginSource = 'built-in' | 'added' | 'environment';

export const pluginSourceNames: Readonly<Record<PluginSource, string>> = {
  'built-in': 'built in',
  added: 'added',
  environment: 'FERRUM_PLUGINS',
};

export interface FoundPlugin {
  readonly plugin: Plugin;
  readonly source: PluginSource;
}

/** A plugin that the command goes on without. */
export interface SkippedPlugin {
  /** Of its package. */
  readonly name: string;
  readonly source: PluginSource;
  readonly error: Error;
}

export interface FoundPlugins {
  /** In the order in which a host is to have them. No two have the same name. */
  readonly plugins: readonly FoundPlugin[];
  readonly skipped: readonly SkippedPlugin[];
}
