import { threadsOf } from '../bench/machine.js';
import { type Benchmark, runBenchmark } from '../bench/run-benchmark.js';
import { measureSpeak, type SpeakCaseResult } from '../bench/speak-case.js';
import { type SpeakCaseName, speakCaseNames } from '../bench/speak-case-names.js';
import { describeSpeakCases } from '../bench/speak-report.js';
import type { CommandContext } from '../context.js';
import type { EngineFlags } from '../engine-flags.js';
import { withEngine } from '../with-engine.js';

/** The flags of `ferrum bench speak` as commander hands them over, in range already. */
export interface BenchSpeakFlags extends EngineFlags {
  readonly voice?: string;
  /** Without it all. */
  readonly case?: readonly SpeakCaseName[];
  readonly repeats: number;
  readonly json?: true;
}

/** `ferrum bench speak`: how fast a model for speech is on this machine. */
export async function benchSpeak(model: string, flags: BenchSpeakFlags, context: CommandContext): Promise<void> {
  const { case: cases = speakCaseNames, repeats } = flags;
  const { signal } = context;
  const voice = flags.voice === undefined ? {} : { voice: flags.voice };
  await withEngine({ capability: 'speech', model, flags }, context, async (engine) => {
    const threads = threadsOf(engine);
    const benchmark: Benchmark<SpeakCaseName, SpeakCaseResult> = {
      cases,
      nameOf: (name) => name,
      measure: (name) => measureSpeak({ engine, name, ...voice, repeats, signal }),
      lineOf: (name, measures) => ({ case: name, model, ...voice, threads, repeats, ...measures }),
      describe: (results) => describeSpeakCases({ model, ...voice, threads, repeats, cases }, results),
    };
    await runBenchmark(benchmark, flags.json === true, context);
  });
}
