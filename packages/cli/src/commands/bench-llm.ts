import type { LlmInferenceEngine } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { type LlmCaseResult, measureLlm } from '../bench/llm-case.js';
import { describeCases } from '../bench/llm-report.js';
import { threadsOf } from '../bench/machine.js';
import { openPromptSource } from '../bench/prompt-source.js';
import { type Benchmark, runBenchmark } from '../bench/run-benchmark.js';
import type { CommandContext } from '../context.js';
import type { EngineFlags } from '../engine-flags.js';
import { formatCount } from '../output/units.js';
import { contextOverflowOf } from '../run/context-overflow.js';
import { withEngine } from '../with-engine.js';

/** The flags of `ferrum bench llm` as commander hands them over, in range already. */
export interface BenchLlmFlags extends EngineFlags {
  /** Streams of each case. */
  readonly concurrency: readonly number[];
  readonly promptTokens: number;
  readonly maxTokens: number;
  readonly repeats: number;
  readonly json?: true;
}

/** `ferrum bench llm`: how fast a language model is on this machine. */
export async function benchLlm(model: string, flags: BenchLlmFlags, context: CommandContext): Promise<void> {
  await withEngine({ capability: 'text-generation', model, flags }, context, async (engine) => {
    try {
      await measureCases(engine, model, flags, context);
    } catch (error) {
      throw inWordsOfTheBenchmark(error);
    }
  });
}

async function measureCases(
  engine: LlmInferenceEngine,
  model: string,
  flags: BenchLlmFlags,
  context: CommandContext,
): Promise<void> {
  const { concurrency, maxTokens, repeats } = flags;
  const { stderr, signal } = context;
  const threads = threadsOf(engine);
  requireRoom(engine, flags);
  const nextPrompt = await openPromptSource(engine, flags.promptTokens, signal);
  const benchmark: Benchmark<number, LlmCaseResult> = {
    cases: concurrency,
    nameOf: (streams) => formatCount(streams, 'stream'),
    measure: async (streams) => {
      const result = await measureLlm({ engine, nextPrompt, concurrency: streams, maxTokens, repeats, signal });
      if (!result.decodeTokensPerSecond && maxTokens > 1) {
        await stderr.writeLine(
          `${stderr.colors.yellow('ferrum:')} the engine never had all ${streams} streams decode side by side${limitOf(engine)}: that speed is not known.`,
        );
      }
      return result;
    },
    lineOf: (streams, { promptTokens, ...measures }) => {
      const settings = { concurrency: streams, model, threads, repeats, promptTokens, maxTokens };
      return { case: 'llm', ...settings, ...measures };
    },
    describe: (results) => describeCases({ model, threads, repeats, concurrency, maxTokens }, results),
  };
  await runBenchmark(benchmark, flags.json === true, context);
}

/** ` (it runs at most 32)`; empty where the engine does not say. */
function limitOf(engine: LlmInferenceEngine): string {
  const limit = engine.config().scheduler?.maxRunningRequests;
  return limit === undefined ? '' : ` (it runs at most ${limit})`;
}

/** What can be known to be too much before anything is computed. */
function requireRoom(engine: LlmInferenceEngine, { concurrency, promptTokens, maxTokens }: BenchLlmFlags): void {
  const { model, scheduler } = engine.config();
  const contextLength = model.modelInfo?.maxSequenceLength;
  if (contextLength !== undefined && promptTokens + maxTokens > contextLength) {
    throw new FerrumError(
      'InvalidParameter',
      `The context holds ${contextLength} tokens, but --prompt-tokens and --max-tokens make ${promptTokens + maxTokens}. ` +
        'Lower one of them.',
    );
  }
  const { maxRunningRequests, maxWaitingRequests } = scheduler ?? {};
  const most = Math.max(...concurrency);
  if (maxRunningRequests === undefined || maxWaitingRequests === undefined) return;
  if (most <= maxRunningRequests + maxWaitingRequests) return;
  throw new FerrumError(
    'InvalidParameter',
    `The engine takes ${maxRunningRequests + maxWaitingRequests} streams at once, ${maxRunningRequests} of them side by side, ` +
      `but --concurrency asks for ${most}.`,
  );
}

/** The prompt is the benchmark's own, so its flags are what can be changed. */
function inWordsOfTheBenchmark(error: unknown): unknown {
  const overflow = contextOverflowOf(error);
  if (!overflow) return error;
  return new FerrumError(
    'InvalidParameter',
    `The context holds ${overflow.contextLength} tokens, the answer included: too few for the prompt. ` +
      'Lower --prompt-tokens, or raise --context-length.',
    { cause: error },
  );
}
