import { type EmbedCaseResult, measureEmbed } from '../bench/embed-case.js';
import { type EmbedCaseName, embedCaseNames } from '../bench/embed-case-names.js';
import { describeEmbedCases } from '../bench/embed-report.js';
import { threadsOf } from '../bench/machine.js';
import { type Benchmark, runBenchmark } from '../bench/run-benchmark.js';
import type { CommandContext } from '../context.js';
import type { EngineFlags } from '../engine-flags.js';
import { withEngine } from '../with-engine.js';

/** The flags of `ferrum bench embed` as commander hands them over, in range already. */
export interface BenchEmbedFlags extends EngineFlags {
  /** Without it all. */
  readonly case?: readonly EmbedCaseName[];
  readonly repeats: number;
  readonly json?: true;
}

/** `ferrum bench embed`: how fast an embedding model is on this machine. */
export async function benchEmbed(model: string, flags: BenchEmbedFlags, context: CommandContext): Promise<void> {
  const { case: cases = embedCaseNames, repeats } = flags;
  const { signal } = context;
  await withEngine({ capability: 'embedding', model, flags }, context, async (engine) => {
    const threads = threadsOf(engine);
    const benchmark: Benchmark<EmbedCaseName, EmbedCaseResult> = {
      cases,
      nameOf: (name) => name,
      measure: (name) => measureEmbed({ engine, name, repeats, signal }),
      lineOf: (name, measures) => ({ case: name, model, threads, repeats, ...measures }),
      describe: (results) => describeEmbedCases({ model, threads, repeats, cases }, results),
    };
    await runBenchmark(benchmark, flags.json === true, context);
  });
}
