import type { StreamTrace } from './read-streams.js';

/** Samples of each measure; none where the streams were too short or never ran side by side. */
export interface StreamSamples {
  /** Of each stream. */
  readonly timeToFirstTokenMs: readonly number[];
  /** Between each two tokens of a stream. */
  readonly interTokenLatencyMs: readonly number[];
  /** Of all streams together, while every one of them decodes. */
  readonly decodeTokensPerSecond: readonly number[];
  /** Prompt tokens of all streams, less those that a cache held, until the last of them has its first token. */
  readonly prefillTokensPerSecond: readonly number[];
}

/** What streams that were started together say. */
export function samplesOf(traces: readonly StreamTrace[]): StreamSamples {
  const firstMs = traces.map(({ tokenMs }) => tokenMs[0] ?? Number.NaN);
  const decodeFrom = Math.max(...firstMs);
  const decodeTo = Math.min(...traces.map(({ tokenMs }) => tokenMs.at(-1) ?? Number.NaN));
  const decoded = traces.flatMap(({ tokenMs }) => tokenMs).filter((ms) => ms > decodeFrom && ms <= decodeTo).length;
  const promptTokens = traces.reduce((sum, { usage }) => sum + usage.promptTokens - usage.cachedTokens, 0);
  return {
    timeToFirstTokenMs: firstMs,
    interTokenLatencyMs: traces.flatMap(({ tokenMs }) => tokenMs.slice(1).map((ms, i) => ms - (tokenMs[i] ?? ms))),
    decodeTokensPerSecond: decodeTo > decodeFrom ? [(1000 * decoded) / (decodeTo - decodeFrom)] : [],
    prefillTokensPerSecond: [(1000 * promptTokens) / decodeFrom],
  };
}

export function joinSamples(repeats: readonly StreamSamples[]): StreamSamples {
  const join = (name: keyof StreamSamples) => repeats.flatMap((samples) => samples[name]);
  return {
    timeToFirstTokenMs: join('timeToFirstTokenMs'),
    interTokenLatencyMs: join('interTokenLatencyMs'),
    decodeTokensPerSecond: join('decodeTokensPerSecond'),
    prefillTokensPerSecond: join('prefillTokensPerSecond'),
  };
}
