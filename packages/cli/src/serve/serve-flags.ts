import type { EngineFlags } from '../engine-flags.js';

/** The flags of `ferrum serve` as commander hands them over; those of `serveSettings` are under their own names. */
export interface ServeFlags extends EngineFlags, Readonly<Record<string, unknown>> {
  readonly config?: string;
  readonly apiKeyFile?: string;
  readonly preload?: true;
  readonly printConfig?: true;
}
