import type { FerrumErrorCode } from '../errors/error-code.js';

export interface ErrorStats {
  readonly totalErrors: number;
  /** Codes that never occurred are absent. */
  readonly errorsByType: Readonly<Partial<Record<FerrumErrorCode, number>>>;
  /** Failed over finished requests, 0 to 1. */
  readonly errorRate: number;
  /** Newest last; only so many are kept. */
  readonly recentErrors: readonly ErrorEvent[];
}

export interface ErrorEvent {
  readonly timestamp: Date;
  readonly errorType: FerrumErrorCode;
  readonly message: string;
  readonly requestId?: string;
  /** What the engine was doing, e.g. `{ phase: 'prefill' }`. */
  readonly context: Readonly<Record<string, string>>;
}
