import { randomInt } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { FerrumError } from '@ferrum/registry/errors';
import { mersenne } from 'pure-rand/generator/mersenne';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { createClientTurn } from '../bench/serve/client-turn.js';
import { requireHealth } from '../bench/serve/health-probe.js';
import { JunkSender } from '../bench/serve/junk.js';
import { prepare } from '../bench/serve/prepare.js';
import { readProcessSample } from '../bench/serve/process-metrics.js';
import type { Load } from '../bench/serve/run-load.js';
import { measureServe, type ServeCase, type ServeCaseResult } from '../bench/serve/serve-case.js';
import { type BenchServeFlags, extentOf, loadsOf, requireSense } from '../bench/serve/serve-flags.js';
import { describeServeCases, nameOfLoad, type ServeBenchSettings } from '../bench/serve/serve-report.js';
import { ServerClient } from '../bench/serve/server-client.js';
import { apiKeyOf, serverTarget } from '../bench/serve/server-target.js';
import type { CommandContext } from '../context.js';
import { writeJsonLine } from '../output/json-line.js';

/** `/health` and `/metrics` are to answer within so many ms. */
const backgroundTimeoutMs = 10_000;

/**
 * `ferrum bench serve`: how a server does under load.
 *
 * @throws FerrumError `Backend` when more requests fail than `--max-error-rate` allows; or why nothing could be measured.
 */
export async function benchServe(url: string, flags: BenchServeFlags, context: CommandContext): Promise<void> {
  requireSense(flags);
  const target = serverTarget(url, apiKeyOf(flags.apiKey, context.environment.variables));
  const client = new ServerClient(target, 1000 * flags.timeout);
  const background = new ServerClient(target, Math.min(backgroundTimeoutMs, client.timeoutMs));
  // Every request that is under way listens, and there may be any number of them.
  setMaxListeners(0, context.signal);
  const seed = flags.seed ?? randomInt(2 ** 32);
  const random = mersenne(seed);
  try {
    const { shape, nextPrompt, references } = await prepare(client, flags, random, context);
    const turnOptions = {
      client,
      shape,
      nextPrompt,
      junkSender: new JunkSender(client, shape, random),
      random,
      signal: context.signal,
    };
    const { vanish, junk, maxTokens, repeats } = flags;
    const settings = {
      url: target.origin + target.prefix,
      endpoint: shape.endpoint,
      model: shape.model,
      repeats,
      seed,
      maxTokens,
    };
    await measureLoads(settings, flags, context, {
      ...(await backgroundOf(background, flags, context.signal)),
      turn: createClientTurn({ ...turnOptions, vanish, junk, ...(references && { references }) }),
      warmUp: { requests: flags.warmup, turn: createClientTurn({ ...turnOptions, vanish: 0, junk: 0 }) },
      random,
    });
  } finally {
    await Promise.all([client.close(), background.close()]);
  }
}

/** @throws FerrumError as `requireHealth`; the signal's reason. */
async function backgroundOf(background: ServerClient, flags: BenchServeFlags, signal: AbortSignal) {
  const probe = flags.probe === true;
  if (probe) await requireHealth(background, signal);
  const hasProcessMetrics = (await readProcessSample(background, signal)) !== undefined;
  signal.throwIfAborted();
  return { background, probe, hasProcessMetrics };
}

/** What no flag says of a case. */
type CaseMeans = Pick<ServeCase, 'background' | 'probe' | 'hasProcessMetrics' | 'turn' | 'warmUp'> & {
  readonly random: RandomGenerator;
};

async function measureLoads(
  common: Omit<ServeBenchSettings, 'loads' | 'extent'>,
  flags: BenchServeFlags,
  { stdout, stderr, signal }: CommandContext,
  means: CaseMeans,
): Promise<void> {
  const { repeats, goodput: goals, json, maxErrorRate } = flags;
  const settings: ServeBenchSettings = { ...common, loads: loadsOf(flags), extent: extentOf(flags) };
  const results: ServeCaseResult[] = [];
  for (const load of settings.loads) {
    if (signal.aborted) break;
    await stderr.writeLine(`measuring ${nameOfLoad(load)}`);
    const { extent } = settings;
    const result = await measureServe({ ...means, load, extent, repeats, signal, ...(goals && { goals }) });
    results.push(result);
    for (const [kind, detail] of result.examples) await stderr.writeLine(`${kind}, the first time: ${detail}`);
    if (json) await writeJsonLine(stdout, lineOf(load, common, result));
  }
  if (!json) await stdout.writeLine(describeServeCases(settings, results));
  // What there is has been shown; the exit code still says that it is not all.
  signal.throwIfAborted();
  if (maxErrorRate !== undefined) requireFewErrors(settings.loads, results, maxErrorRate);
}

function lineOf(load: Load, settings: object, { examples: _, ...measures }: ServeCaseResult): object {
  const { type: __, ...size } = load;
  return { case: 'serve', ...size, ...settings, ...measures };
}

function requireFewErrors(loads: readonly Load[], results: readonly ServeCaseResult[], maxErrorRate: number): void {
  const percent = (rate: number) => `${(100 * rate).toFixed(2)} %`;
  const above = loads.flatMap((load, index) => {
    const rate = results[index]?.errorRate ?? 0;
    return rate > maxErrorRate ? [`${nameOfLoad(load)}: ${percent(rate)}`] : [];
  });
  if (above.length === 0) return;
  throw new FerrumError(
    'Backend',
    `More requests failed than the ${percent(maxErrorRate)} that --max-error-rate allows (${above.join('; ')}).`,
  );
}
