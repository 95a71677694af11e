import type { SamplingParams } from '../generation/sampling-params.js';
import type { SamplingPresets } from '../generation/sampling-presets.js';

export interface SamplingConfig {
  /** For what a request leaves out. */
  readonly defaultParams: SamplingParams;
  readonly presets?: SamplingPresets;
  /** Whether callers may add their own logit processors. Default false. */
  readonly enableCustomProcessors?: boolean;
}
