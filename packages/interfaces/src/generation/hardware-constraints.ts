import type { RequestCharacteristics } from './request-characteristics.js';

/** The machine an engine should be set up for. */
export interface HardwareConstraints {
  /** `cpu`, `cuda:0`, `metal` … */
  readonly availableDevices: readonly string[];
  readonly totalMemoryBytes: number;
  /** Requests per second. */
  readonly expectedRequestRate: number;
  readonly requestCharacteristics: RequestCharacteristics;
}
