import type { CommandContext } from '../context.js';
import { writeJsonLine } from '../output/json-line.js';

/** Cases that are measured one after the other. */
export interface Benchmark<Case, Result> {
  readonly cases: readonly Case[];
  /** `1 stream`: completes "measuring …". */
  nameOf(benchmarkCase: Case): string;
  measure(benchmarkCase: Case): Promise<Result>;
  /** What `--json` prints of a case. */
  lineOf(benchmarkCase: Case, result: Result): object;
  /** What people get of all cases. */
  describe(results: readonly Result[]): string;
}

/** With `json` a line for each case as soon as it is measured, else a table at the end. */
export async function runBenchmark<Case, Result>(
  benchmark: Benchmark<Case, Result>,
  json: boolean,
  { stdout, stderr }: CommandContext,
): Promise<void> {
  const results: Result[] = [];
  for (const benchmarkCase of benchmark.cases) {
    // A line and no more: what is drawn meanwhile would be part of the event loop's delay.
    await stderr.writeLine(`measuring ${benchmark.nameOf(benchmarkCase)}`);
    const result = await benchmark.measure(benchmarkCase);
    results.push(result);
    if (json) await writeJsonLine(stdout, benchmark.lineOf(benchmarkCase, result));
  }
  if (!json) await stdout.writeLine(benchmark.describe(results));
}
