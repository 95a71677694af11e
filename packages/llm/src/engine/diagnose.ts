import { arch, cpus, platform, release, totalmem } from 'node:os';
import type {
  Bottleneck,
  DiagnosticsReport,
  EngineConfig,
  EngineMetrics,
  PerformanceTrends,
  Recommendation,
  Trend,
} from '@ferrum/interfaces';
import { mean } from '@ferrum/registry/telemetry';
import type { KvCache } from './cache/kv-cache.js';
import type { PrefixCache } from './cache/prefix-cache.js';
import type { EngineRecorder } from './engine-recorder.js';
import type { Schedulable } from './scheduling/schedulable.js';
import type { Scheduler } from './scheduling/scheduler.js';
import { version } from './version.js';

export interface DiagnosticFacts<S extends Schedulable> {
  readonly config: EngineConfig;
  readonly metrics: EngineMetrics;
  readonly recorder: EngineRecorder;
  readonly scheduler: Scheduler<S>;
  readonly prefixCache: PrefixCache;
  readonly cache: KvCache;
  readonly features: readonly string[];
}

/** Fewer finished requests say nothing. */
const enoughRequests = 20;

/** Says from what was measured why the engine is as fast as it is, and what would help. */
export function diagnose<S extends Schedulable>(facts: DiagnosticFacts<S>): DiagnosticsReport {
  const { config, metrics, scheduler, prefixCache, cache, features, recorder } = facts;
  const { blocks } = scheduler;
  const findings = recorder.finished.length < enoughRequests ? [] : examine(facts);
  return {
    configSnapshot: config,
    currentMetrics: metrics,
    resourceUsage: {
      memoryByComponent: {
        kvCache: blocks.used * blocks.blockSize * cache.bytesPerToken,
        prefixCache: prefixCache.bytes,
      },
    },
    performanceAnalysis: {
      bottlenecks: findings.map(({ bottleneck }) => bottleneck),
      recommendations: findings.map(({ recommendation }) => recommendation),
      trends: trendsOf(recorder),
    },
    componentDiagnostics: {
      scheduler: {
        waitingRequests: scheduler.waiting.size,
        runningRequests: scheduler.running.size,
        preemptions: scheduler.preemptions,
      },
      kvCache: { totalBlocks: blocks.total, usedBlocks: blocks.used, blockSize: blocks.blockSize },
      prefixCache: {
        entries: prefixCache.entries,
        hits: prefixCache.hits,
        misses: prefixCache.misses,
        evictions: prefixCache.evictions,
      },
      ...(recorder.averageDecodeRows === undefined ? {} : { decode: { averageRows: recorder.averageDecodeRows } }),
    },
    systemInfo: {
      os: `${platform()} ${release()} ${arch()}`,
      cpuInfo: `${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} cores`,
      totalMemoryBytes: totalmem(),
      devices: ['cpu'],
      runtimeInfo: {
        engineVersion: version,
        versions: { node: process.versions.node },
        featureFlags: features,
      },
    },
  };
}

interface Finding {
  readonly bottleneck: Bottleneck;
  readonly recommendation: Recommendation;
}

function examine<S extends Schedulable>({ metrics, recorder, scheduler }: DiagnosticFacts<S>): readonly Finding[] {
  const findings: Finding[] = [];
  const find = (
    impact: number,
    bottleneckType: string,
    description: string,
    recommendation: Omit<Recommendation, 'category'> & { readonly category?: string },
  ): void => {
    const performanceImpact = Math.min(1, Math.max(0, impact));
    findings.push({
      bottleneck: { bottleneckType, severity: severityOf(performanceImpact), description, performanceImpact },
      recommendation: { category: bottleneckType, ...recommendation },
    });
  };
  const latency = metrics.avgRequestLatencyMs ?? 0;
  const wait = metrics.queueMetrics?.avgQueueWaitTimeMs ?? 0;
  if (latency > 0 && wait / latency > 0.2) {
    find(wait / latency, 'queue', `Requests wait ${ms(wait)} of ${ms(latency)} for a slot.`, {
      description: 'Raise maxRunningRequests, or send fewer requests at a time to this machine.',
      expectedImpact: `up to ${ms(wait)} less latency`,
      complexity: 'low',
    });
  }
  const perRequest = scheduler.preemptions / Math.max(1, metrics.totalRequests);
  if (perRequest > 0.05) {
    find(
      perRequest,
      'kv-cache',
      `${scheduler.preemptions} preemptions for ${metrics.totalRequests} requests: their tokens are computed twice.`,
      {
        description: 'Raise kvCacheBytes, or lower maxRunningRequests or contextLength.',
        expectedImpact: 'no token computed twice',
        complexity: 'low',
      },
    );
  }
  const rows = recorder.averageDecodeRows;
  const busy = recorder.busyMs;
  const model = metrics.performanceBreakdown.modelExecutionTimeMs ?? 0;
  if (rows !== undefined && rows < 2 && busy > 0 && model / busy > 0.8) {
    find(
      model / busy,
      'memory-bandwidth',
      `Decode runs have ${rows.toFixed(1)} rows on average, and each reads every weight.`,
      {
        description: 'Send requests side by side: a run of eight rows takes little longer than a run of one.',
        expectedImpact: 'several times the tokens per second in all',
        complexity: 'medium',
      },
    );
  }
  for (const [part, type, advice] of [
    ['samplingTimeMs', 'sampling', 'Use fewer sampling parameters at a time, or topLogprobs only where it is needed.'],
    [
      'memoryOperationsTimeMs',
      'prefix-cache',
      'Lower prefixCacheBytes, or turn the cache off for prompts that never repeat.',
    ],
    ['schedulingTimeMs', 'scheduler', 'Lower maxWaitingRequests.'],
  ] as const) {
    const spent = metrics.performanceBreakdown[part] ?? 0;
    if (busy === 0 || spent / busy <= 0.15) continue;
    find(spent / busy, type, `${percent(spent / busy)} of the time goes into ${type} (${ms(spent)} of ${ms(busy)}).`, {
      description: advice,
      expectedImpact: `up to ${percent(spent / busy)} more tokens per second`,
      complexity: 'low',
    });
  }
  const { errorRate, errorsByType } = metrics.errorStats;
  if (errorRate > 0.05) {
    find(errorRate, 'errors', `${percent(errorRate)} of the requests failed: ${JSON.stringify(errorsByType)}.`, {
      description: 'See errorStats.recentErrors for what was wrong.',
      expectedImpact: 'no work done in vain',
      complexity: 'medium',
    });
  }
  return findings.sort((a, b) => b.bottleneck.performanceImpact - a.bottleneck.performanceImpact);
}

/** The later half of the finished requests against the earlier one. */
function trendsOf({ finished }: EngineRecorder): PerformanceTrends {
  if (finished.length < enoughRequests) return {};
  const half = finished.length >> 1;
  const rates = finished.map(({ tokensPerSecond }) => tokensPerSecond).filter((rate) => rate !== undefined);
  return {
    latencyTrend: trend(
      finished.map(({ latencyMs }) => latencyMs),
      half,
      -1,
    ),
    ...(rates.length >= enoughRequests ? { throughputTrend: trend(rates, rates.length >> 1, 1) } : {}),
  };
}

/** @param better the sign of a change for the better */
function trend(values: readonly number[], half: number, better: 1 | -1): Trend {
  const [before, after] = [values.slice(0, half), values.slice(half)];
  const change = mean(after) / mean(before) - 1;
  const spread = Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2))) / mean(values);
  if (Math.abs(change) < 0.1) return spread > 1 ? 'volatile' : 'stable';
  return change * better > 0 ? 'improving' : 'degrading';
}

function severityOf(impact: number): Bottleneck['severity'] {
  if (impact < 0.25) return 'low';
  if (impact < 0.5) return 'medium';
  return impact < 0.8 ? 'high' : 'critical';
}

function ms(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
