// Small statistics and machine facts shared by the benchmarks.
import { existsSync, readFileSync } from 'node:fs';

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function summary(values, digits = 2) {
  const round = (value) => Number(value.toFixed(digits));
  return { min: round(Math.min(...values)), median: round(median(values)), max: round(Math.max(...values)) };
}

/** Share of processor time that the host took away since the call, in percent; undefined off Linux. */
export function watchSteal() {
  const read = () => readFileSync('/proc/stat', 'utf8').split('\n', 1)[0].trim().split(/\s+/).slice(1, 9).map(Number);
  if (!existsSync('/proc/stat')) return () => undefined;
  const before = read();
  return () => {
    const spent = read().map((value, i) => value - before[i]);
    return Number(
      (
        (100 * spent[7]) /
        Math.max(
          1,
          spent.reduce((a, b) => a + b, 0),
        )
      ).toFixed(1),
    );
  };
}
