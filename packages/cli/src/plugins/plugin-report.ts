import type { Capability } from '@ferrum/interfaces';
import type { PluginSource } from './plugin-source.js';

/** What `ferrum plugins list --json` prints of a plugin. */
export type PluginReport = RegisteredPlugin | FailedPlugin;

export interface RegisteredPlugin {
  readonly name: string;
  readonly version: string;
  readonly source: PluginSource;
  readonly state: 'registered';
  readonly engines: readonly EngineReport[];
}

export interface FailedPlugin {
  readonly name: string;
  /** Absent where the plugin could not be loaded. */
  readonly version?: string;
  readonly source: PluginSource;
  readonly state: 'failed';
  readonly engines: readonly [];
  readonly error: string;
}

export interface EngineReport {
  readonly id: string;
  readonly capability: Capability;
  readonly device: string;
  readonly features: readonly string[];
}
