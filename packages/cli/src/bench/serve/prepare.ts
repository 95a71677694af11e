import { resolve } from 'node:path';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import type { CommandContext } from '../../context.js';
import { formatCount } from '../../output/units.js';
import { measureTokenScale, recordReferences, requireAnswer } from './ask-alone.js';
import { chooseModel } from './choose-model.js';
import { readPromptFile } from './prompt-file.js';
import type { Prompt, RequestShape } from './request-shape.js';
import type { BenchServeFlags } from './serve-flags.js';
import type { ServerClient } from './server-client.js';
import { wordPrompts } from './word-prompts.js';

/** What all cases have in common. */
export interface Preparation {
  readonly shape: RequestShape;
  readonly nextPrompt: () => Prompt;
  /** What each prompt is answered with when it is alone; absent without `--verify`. */
  readonly references?: ReadonlyMap<Prompt, string>;
}

/** Prompts that `--verify` asks for alone, where they are none of the user's. */
const verifiedPrompts = 32;

/** @throws FerrumError when the server does not do what is asked even while nothing else is; the signal's reason. */
export async function prepare(
  client: ServerClient,
  flags: BenchServeFlags,
  random: RandomGenerator,
  { environment, stderr, signal }: CommandContext,
): Promise<Preparation> {
  const { endpoint, maxTokens, temperature, ignoreEos = false, prompts: file, verify, requests } = flags;
  // A file that cannot be read is told of before anything is sent.
  const path = file === undefined ? undefined : resolve(environment.workingDirectory(), file);
  const own = path === undefined ? undefined : await readPromptFile(path, file ?? path, endpoint);
  const model = flags.model ?? (await chooseModel(client, signal));
  const shape: RequestShape = { endpoint, model, maxTokens, temperature, ignoreEos };
  const nextPrompt = own ? cycle(own) : await wordSource(client, shape, flags, random, signal);
  if (own) await requireAnswer(client, shape, cycle(own)(), signal);
  if (!verify) return { shape, nextPrompt };

  const prompts = own ?? Array.from({ length: Math.min(verifiedPrompts, requests ?? verifiedPrompts) }, nextPrompt);
  await stderr.writeLine(`asking ${formatCount(prompts.length, 'prompt')} alone`);
  const references = await recordReferences(client, shape, prompts, signal);
  return { shape, nextPrompt: cycle(prompts), references };
}

async function wordSource(
  client: ServerClient,
  shape: RequestShape,
  { promptTokens, sharedPrefixTokens }: BenchServeFlags,
  random: RandomGenerator,
  signal: AbortSignal,
): Promise<() => string> {
  const scale = await measureTokenScale(client, shape, promptTokens, signal);
  return wordPrompts({ promptTokens, sharedPrefixTokens, scale, start: uniformInt(random, 0, 2 ** 18 - 2) });
}

/** One after the other, and from the beginning again. */
function cycle<T>(items: readonly T[]): () => T {
  let count = 0;
  return () => {
    const item = items[count % items.length];
    count += 1;
    if (item === undefined) throw new RangeError('There is nothing to give in turn.');
    return item;
  };
}
