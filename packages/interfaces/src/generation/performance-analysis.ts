/** Judged from measurements only: with too few of them the lists are empty and the trends absent. */
export interface PerformanceAnalysis {
  /** Worst first. */
  readonly bottlenecks: readonly Bottleneck[];
  /** Most useful first. */
  readonly recommendations: readonly Recommendation[];
  readonly trends: PerformanceTrends;
}

export interface Bottleneck {
  /** What is short: `queue`, `kv-cache`, `memory-bandwidth` … */
  readonly bottleneckType: string;
  readonly severity: 'low' | 'medium' | 'high' | 'critical';
  /** With the measurements that show it. */
  readonly description: string;
  /** Fraction of the time that it costs, 0 to 1. */
  readonly performanceImpact: number;
}

export interface Recommendation {
  /** What to change: `scheduler`, `kv-cache`, `model` … */
  readonly category: string;
  readonly description: string;
  readonly expectedImpact: string;
  readonly complexity: 'low' | 'medium' | 'high';
}

export interface PerformanceTrends {
  readonly latencyTrend?: Trend;
  readonly throughputTrend?: Trend;
  readonly errorRateTrend?: Trend;
  readonly resourceUtilizationTrend?: Trend;
}

export type Trend = 'improving' | 'stable' | 'degrading' | 'volatile';
