import type { PluginReport } from './plugin-report.js';

/** What the process that tries a plugin out tells. */
export type ExaminationMessage =
  | { readonly type: 'registering' }
  /** Without a report the package is no plugin. */
  | { readonly type: 'end'; readonly report?: PluginReport };
