import type { ChatMessage, LlmInferenceEngine, SamplingParams } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import type { CommandContext } from '../context.js';
import type { EngineFlags } from '../engine-flags.js';
import { type Generation, generate } from '../generate.js';
import { formatFooter } from '../output/footer.js';
import { writeJsonLine } from '../output/json-line.js';
import { cleanForTerminal } from '../output/terminal-text.js';
import { readPrompt } from '../prompt.js';
import { withEngine } from '../with-engine.js';

/** The flags of `ferrum run` as commander hands them over, in range already. */
export interface RunFlags extends EngineFlags {
  readonly system?: string;
  readonly maxTokens?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly seed?: number;
  readonly stop?: readonly string[];
  readonly raw?: true;
  readonly json?: true;
}

/** `ferrum run`: one answer, or a conversation when there is no prompt and people sit at both ends. */
export async function run(
  model: string,
  words: readonly string[],
  flags: RunFlags,
  context: CommandContext,
): Promise<void> {
  checkFlags(flags);
  const converses = words.length === 0 && isConversation(flags, context);
  const prompt = converses ? undefined : await promptOf(words, flags, context);
  await withEngine({ capability: 'text-generation', model, flags }, context, async (engine, store) => {
    const sampling = samplingOf(flags);
    if (prompt === undefined) {
      const [{ chat }, manifest] = await Promise.all([
        import('../chat/chat.js'),
        // The store knows nothing of a model that comes with an engine.
        store.inspect(model).catch(() => ({ reference: model })),
      ]);
      await chat(
        {
          engine,
          model,
          manifest,
          sampling,
          ...adapterOf(flags),
          ...(flags.system !== undefined && { system: flags.system }),
        },
        context,
      );
    } else await answer(engine, prompt, flags, sampling, context);
  });
}

function checkFlags(flags: RunFlags): void {
  if (flags.raw && flags.system !== undefined) {
    throw new FerrumError(
      'InvalidParameter',
      '--raw sends the prompt alone, so --system has no place in it. Leave one of them out.',
    );
  }
  const adapters = Object.keys(flags.lora ?? {});
  if (adapters.length > 1) {
    throw new FerrumError(
      'InvalidParameter',
      `--lora is given for ${adapters.join(' and ')}, but an answer is given with one adapter. Leave the others out.`,
    );
  }
}

function adapterOf({ lora = {} }: RunFlags): { readonly adapter?: string } {
  const [adapter] = Object.keys(lora);
  return adapter === undefined ? {} : { adapter };
}

function isConversation(flags: RunFlags, { environment, stdout }: CommandContext): boolean {
  if (!environment.stdin.isTTY) return false;
  const obstacles = [
    ...(flags.raw ? ['--raw sends one prompt'] : []),
    ...(flags.json ? ['--json answers one prompt'] : []),
    ...(stdout.isTerminal ? [] : ['a conversation needs a terminal to write to']),
  ];
  if (obstacles.length === 0) return true;
  throw new FerrumError(
    'InvalidParameter',
    `There is no PROMPT, and ${obstacles.join(', ')}. Write the prompt after MODEL, or pipe it in.`,
  );
}

function promptOf(words: readonly string[], flags: RunFlags, context: CommandContext): Promise<string> {
  return readPrompt({
    words,
    stdin: context.environment.stdin,
    raw: flags.raw === true,
    signal: context.signal,
    warn: (message) => context.stderr.writeLine(`${context.stderr.colors.yellow('ferrum:')} ${message}`),
  });
}

async function answer(
  engine: LlmInferenceEngine,
  prompt: string,
  flags: RunFlags,
  sampling: Partial<SamplingParams>,
  { stdout, stderr, signal, verbose }: CommandContext,
): Promise<void> {
  const request = flags.raw ? { prompt, raw: true } : { messages: conversation(flags.system, prompt) };
  let endsLine = true;
  const writeDelta = async (text: string) => {
    endsLine = text.endsWith('\n');
    await (flags.json
      ? writeJsonLine(stdout, { type: 'delta', text })
      : stdout.write(stdout.isTerminal ? cleanForTerminal(text) : text));
  };
  let generation: Generation;
  try {
    generation = await generate(engine, { ...request, ...adapterOf(flags), sampling, signal }, writeDelta);
  } catch (error) {
    // What is said of the error begins on a line of its own.
    if (stdout.isTerminal && !endsLine) await stdout.write('\n');
    throw error;
  }
  if (flags.json) {
    const { text, tokens, finishReason, usage, timing } = generation;
    await writeJsonLine(stdout, {
      type: 'finish',
      text,
      tokens,
      finishReason,
      usage,
      timing: {
        timeToFirstTokenMs: timing.timeToFirstTokenMs,
        // null: too short to measure.
        decodeTokensPerSecond: timing.decodeTokensPerSecond ?? null,
        prefillTokensPerSecond: timing.prefillTokensPerSecond ?? null,
        totalMs: timing.totalMs,
      },
    });
  } else if (!endsLine) await stdout.write('\n');
  if (verbose || (stderr.isTerminal && !flags.json)) {
    await stderr.writeLine(stderr.colors.dim(formatFooter(generation)));
  }
}

function conversation(system: string | undefined, prompt: string): readonly ChatMessage[] {
  const user: ChatMessage = { role: 'user', content: prompt };
  return system === undefined ? [user] : [{ role: 'system', content: system }, user];
}

function samplingOf(flags: RunFlags): Partial<SamplingParams> {
  const { maxTokens, temperature, topP, topK, seed, stop } = flags;
  return {
    ...(maxTokens !== undefined && { maxTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(topK !== undefined && { topK }),
    ...(seed !== undefined && { seed }),
    ...(stop !== undefined && { stopSequences: stop }),
  };
}
