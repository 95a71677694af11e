import { type Summary, summarize } from '../summary.js';
import { type Goals, meets } from './goodput.js';
import type { JunkKind } from './junk-kinds.js';
import { latenciesOf } from './latencies.js';
import { type FailureKind, type Outcome, type StreamTrace, tokensOf } from './outcome.js';
import type { LoadRun } from './run-load.js';

/** What the runs of a case say of the requests. */
export interface RequestResult {
  /** Median of what the server counted; null where it does not. */
  readonly promptTokens: number | null;
  readonly completed: number;
  readonly failed: number;
  /** How often each. */
  readonly failures: Partial<Readonly<Record<FailureKind, number>>>;
  readonly vanished: number;
  readonly junk: JunkResult;
  /** Answers 429 and 503; those with Retry-After are no failures. */
  readonly retryAfter: { readonly with: number; readonly without: number };
  /** Failures and junk that was not rejected, of all requests. */
  readonly errorRate: number;
  /** Answers that were complete. A sample for each repeat, as for the other rates. */
  readonly requestsPerSecond: Summary | null;
  /** New tokens that clients received, also those of clients that left. */
  readonly outputTokensPerSecond: Summary | null;
  /** The same and the prompts of complete answers; null where the server does not count them. */
  readonly totalTokensPerSecond: Summary | null;
  readonly timeToFirstTokenMs: Summary | null;
  readonly interTokenLatencyMs: Summary | null;
  readonly timePerOutputTokenMs: Summary | null;
  readonly endToEndMs: Summary | null;
  /** Complete answers within the goals; null without goals. */
  readonly goodput: { readonly share: number; readonly requestsPerSecond: number } | null;
}

export interface JunkResult {
  readonly sent: number;
  /** Answered with a 4xx, or 503 with Retry-After; or cut off where that is what the junk asks for. */
  readonly rejected: number;
  /** What each kind was answered with, and how often. */
  readonly answers: Partial<Readonly<Record<JunkKind, Readonly<Record<string, number>>>>>;
}

export function resultOf(runs: readonly LoadRun[], goals: Goals | undefined): RequestResult {
  const outcomes = runs.flatMap((run) => run.outcomes);
  const completed = tracesOf(outcomes);
  const failures = countBy(ofType(outcomes, 'failed'), ({ kind }) => kind);
  const failed = ofType(outcomes, 'failed').length;
  const refused = ofType(outcomes, 'refused').length;
  const junk = junkOf(outcomes);
  const latencies = completed.map(latenciesOf);
  const promptTokens = summarize(completed.flatMap(({ usage }) => usage?.promptTokens ?? []))?.median ?? null;
  const answered = completed.length + failed + refused;
  const seconds = runs.reduce((sum, { elapsedMs }) => sum + elapsedMs, 0) / 1000;
  const good = goals && completed.filter((trace) => meets(trace, goals)).length;
  return {
    promptTokens,
    completed: completed.length,
    failed,
    failures,
    vanished: ofType(outcomes, 'vanished').length,
    junk,
    retryAfter: { with: refused, without: (failures.http429 ?? 0) + (failures.http503 ?? 0) },
    errorRate: outcomes.length === 0 ? 0 : (failed + junk.sent - junk.rejected) / outcomes.length,
    requestsPerSecond: ratesOf(runs, (run) => tracesOf(run.outcomes).length),
    outputTokensPerSecond: ratesOf(runs, (run) => receivedTokens(run.outcomes)),
    totalTokensPerSecond:
      promptTokens === null ? null : ratesOf(runs, (run) => receivedTokens(run.outcomes) + readTokens(run.outcomes)),
    timeToFirstTokenMs: summarize(latencies.map(({ timeToFirstTokenMs }) => timeToFirstTokenMs)),
    interTokenLatencyMs: summarize(latencies.flatMap(({ interTokenLatencyMs }) => interTokenLatencyMs)),
    timePerOutputTokenMs: summarize(latencies.flatMap(({ timePerOutputTokenMs }) => timePerOutputTokenMs ?? [])),
    endToEndMs: summarize(latencies.map(({ endToEndMs }) => endToEndMs)),
    goodput:
      good === undefined || answered === 0 ? null : { share: good / answered, requestsPerSecond: good / seconds },
  };
}

/** New tokens that any client received. */
export function receivedTokens(outcomes: readonly Outcome[]): number {
  return outcomes.reduce(
    (sum, outcome) => sum + ('trace' in outcome && outcome.trace ? tokensOf(outcome.trace) : 0),
    0,
  );
}

function readTokens(outcomes: readonly Outcome[]): number {
  return tracesOf(outcomes).reduce((sum, { usage }) => sum + (usage?.promptTokens ?? 0), 0);
}

function ratesOf(runs: readonly LoadRun[], countOf: (run: LoadRun) => number): Summary | null {
  return summarize(
    runs.filter(({ outcomes }) => outcomes.length > 0).map((run) => (1000 * countOf(run)) / run.elapsedMs),
  );
}

function junkOf(outcomes: readonly Outcome[]): JunkResult {
  const junk = ofType(outcomes, 'junk');
  const kinds = new Set(junk.map(({ kind }) => kind));
  const answersTo = (wanted: JunkKind) =>
    countBy(
      junk.filter(({ kind }) => kind === wanted),
      ({ answer }) => answer,
    );
  return {
    sent: junk.length,
    rejected: junk.filter(({ rejected }) => rejected).length,
    answers: Object.fromEntries([...kinds].map((kind) => [kind, answersTo(kind)])),
  };
}

function tracesOf(outcomes: readonly Outcome[]): readonly StreamTrace[] {
  return ofType(outcomes, 'completed').map(({ trace }) => trace);
}

function ofType<Type extends Outcome['type']>(outcomes: readonly Outcome[], type: Type) {
  return outcomes.filter((outcome): outcome is Extract<Outcome, { type: Type }> => outcome.type === type);
}

function countBy<T, Key extends string>(items: readonly T[], keyOf: (item: T) => Key): Record<Key, number> {
  const counts = {} as Record<Key, number>;
  for (const item of items) counts[keyOf(item)] = (counts[keyOf(item)] ?? 0) + 1;
  return counts;
}
