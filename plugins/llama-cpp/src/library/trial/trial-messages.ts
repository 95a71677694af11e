import type { FerrumErrorCode } from '@ferrum/interfaces';
import type { CheckedEmbedOptions } from '../../engine-options.js';

/** What to try, and how. */
export interface Trial {
  readonly label: string;
  readonly file: string;
  readonly use: 'text-generation' | 'embedding';
  readonly options: Pick<CheckedEmbedOptions, 'gpu' | 'gpuLayers' | 'flashAttention' | 'threads'>;
}

/** What the process that tries a file tells of it. Without an `end` it came to a bad one. */
export type TrialMessage =
  | { readonly type: 'begin' }
  | { readonly type: 'progress'; readonly share: number }
  | { readonly type: 'end'; readonly error?: { readonly code: FerrumErrorCode; readonly message: string } };
