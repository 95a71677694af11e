import { resolve } from 'node:path';
import { parseLanguage } from '@ferrum/audio';
import { threadsOf } from '../bench/machine.js';
import { type Benchmark, runBenchmark } from '../bench/run-benchmark.js';
import { measureTranscribe, type TranscribeCaseResult } from '../bench/transcribe-case.js';
import { type TranscribeCaseName, transcribeCaseNames } from '../bench/transcribe-case-names.js';
import { describeTranscribeCases } from '../bench/transcribe-report.js';
import type { CommandContext } from '../context.js';
import type { EngineFlags } from '../engine-flags.js';
import { requireFile } from '../transcribe/audio-arguments.js';
import { withEngine } from '../with-engine.js';

/** The flags of `ferrum bench transcribe` as commander hands them over, in range already. */
export interface BenchTranscribeFlags extends EngineFlags {
  readonly model: string;
  readonly language?: string;
  /** Without it all. */
  readonly case?: readonly TranscribeCaseName[];
  readonly repeats: number;
  readonly json?: true;
}

/** `ferrum bench transcribe`: how fast a transcription model is on this machine. */
export async function benchTranscribe(
  names: readonly string[],
  flags: BenchTranscribeFlags,
  context: CommandContext,
): Promise<void> {
  const { model, case: cases = transcribeCaseNames, repeats } = flags;
  const { environment, signal } = context;
  const folder = environment.workingDirectory();
  const files = names.map((name) => resolve(folder, name));
  for (const [index, path] of files.entries()) await requireFile({ name: names[index] ?? path, path });
  const language = flags.language === undefined ? {} : { language: parseLanguage(flags.language) };
  await withEngine({ capability: 'transcription', model, flags }, context, async (engine) => {
    const threads = threadsOf(engine);
    const benchmark: Benchmark<TranscribeCaseName, TranscribeCaseResult> = {
      cases,
      nameOf: (name) => name,
      measure: (name) => measureTranscribe({ engine, name, files, ...language, repeats, signal }),
      lineOf: (name, measures) => ({ case: name, model, threads, repeats, ...measures }),
      describe: (results) => describeTranscribeCases({ model, threads, repeats, cases }, results),
    };
    await runBenchmark(benchmark, flags.json === true, context);
  });
}
