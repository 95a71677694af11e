import { EventLoopDelay } from '../event-loop-delay.js';
import { peakRssBytes } from '../machine.js';
import { type Summary, summarize } from '../summary.js';
import { askDuring } from './background.js';
import { type RequestResult, receivedTokens, resultOf } from './case-result.js';
import type { ClientTurn } from './client-turn.js';
import type { Goals } from './goodput.js';
import { HealthProbe, probeIntervalMs } from './health-probe.js';
import type { Outcome } from './outcome.js';
import { metricsIntervalMs, ProcessMetrics, type RssTrend, rssTrend } from './process-metrics.js';
import { type LoadOptions, type LoadRun, runLoad } from './run-load.js';
import type { ServerClient } from './server-client.js';

export interface ServeCase extends LoadOptions {
  /** Requests before the first repeat, which are not measured: in order, whatever `turn` sends. */
  readonly warmUp: { readonly requests: number; readonly turn: ClientTurn };
  readonly repeats: number;
  readonly goals?: Goals;
  /** Asks `/health` and `/metrics`, apart from the load. */
  readonly background: ServerClient;
  readonly probe: boolean;
  /** Whether the server tells of its process. */
  readonly hasProcessMetrics: boolean;
}

export interface ServeCaseResult extends RequestResult {
  /** How long `/health` took to answer; null without `--probe`. */
  readonly healthMs: Summary | null;
  /** Times that `/health` was not answered with 2xx; null without `--probe`. */
  readonly healthFailures: number | null;
  /** CPU time of the server for each new token that a client received; null where it has no such metrics. */
  readonly serverCpuSecondsPerToken: number | null;
  /** Resident memory of the server; null where it has no such metrics, or the case was too short. */
  readonly serverRssBytes: RssTrend | null;
  /** Of this command, at its 99th percentile, in ms: how late the load itself may be. */
  readonly eventLoopDelayMs: number | null;
  /** Most memory that this command has had so far. */
  readonly peakRssBytes: number;
  /** The first failure of each kind, for people. */
  readonly examples: ReadonlyMap<string, string>;
}

/** Measures a case; never rejects: when the signal fires the result is what was seen until then. */
export async function measureServe(options: ServeCase): Promise<ServeCaseResult> {
  const { load, warmUp, repeats, goals, signal } = options;
  const warmUpClients = Math.min(warmUp.requests, load.type === 'closed' ? load.concurrency : warmUp.requests);
  await runLoad({
    ...options,
    load: { type: 'closed', concurrency: warmUpClients },
    extent: { requests: warmUp.requests },
    turn: warmUp.turn,
  });

  const delay = new EventLoopDelay();
  const probe = new HealthProbe(options.background);
  const runs: LoadRun[] = [];
  const metrics: ProcessMetrics[] = [];
  for (let repeat = 0; repeat < repeats && !signal.aborted; repeat++) {
    const repeatMetrics = new ProcessMetrics(options.background);
    const run = () => delay.during(() => runLoad(options));
    const probed = options.probe ? () => askDuring(run, probeIntervalMs, probe.ask) : run;
    runs.push(
      options.hasProcessMetrics ? await askDuring(probed, metricsIntervalMs, repeatMetrics.ask) : await probed(),
    );
    metrics.push(repeatMetrics);
  }
  const outcomes = runs.flatMap((run) => run.outcomes);
  return {
    ...resultOf(runs, goals),
    healthMs: summarize(probe.samples),
    healthFailures: options.probe ? probe.failures : null,
    serverCpuSecondsPerToken: cpuSecondsPerToken(metrics, receivedTokens(outcomes)),
    serverRssBytes: rssTrend(metrics.flatMap(({ rssBytes }) => rssBytes)),
    eventLoopDelayMs: delay.p99,
    peakRssBytes: peakRssBytes(),
    examples: examplesOf(outcomes),
  };
}

function cpuSecondsPerToken(metrics: readonly ProcessMetrics[], tokens: number): number | null {
  const seconds = metrics.map(({ cpuSeconds }) => cpuSeconds);
  if (tokens === 0 || !seconds.every((value) => value !== null)) return null;
  return seconds.reduce((sum, value) => sum + value, 0) / tokens;
}

function examplesOf(outcomes: readonly Outcome[]): ReadonlyMap<string, string> {
  const examples = new Map<string, string>();
  const add = (kind: string, detail: string) => examples.has(kind) || examples.set(kind, detail);
  for (const outcome of outcomes) {
    if (outcome.type === 'failed') add(outcome.kind, outcome.detail);
    if (outcome.type === 'junk' && !outcome.rejected) add(`${outcome.kind} (junk)`, `answered ${outcome.answer}`);
  }
  return examples;
}
