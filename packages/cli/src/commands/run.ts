import type { ChatMessage, ImagePart, InferenceRequest } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import type { CommandContext } from '../context.js';
import { readPrompt } from '../prompt.js';
import { answer } from '../run/answer.js';
import { inWordsOfImages } from '../run/images.js';
import type { RunFlags } from '../run/run-flags.js';
import { readWish, type Wish } from '../run/wish.js';
import { withEngine } from '../with-engine.js';

/** `ferrum run`: one answer, or a conversation when there is no prompt and people sit at both ends. */
export async function run(
  model: string,
  words: readonly string[],
  flags: RunFlags,
  context: CommandContext,
): Promise<void> {
  const wish = await readWish(flags, context.environment.workingDirectory());
  const converses = words.length === 0 && isConversation(flags, context);
  const prompt = converses ? undefined : await promptOf(words, flags, context);
  const { features } = wish;
  const hidesThinking = flags.hideThinking === true;
  await withEngine({ capability: 'text-generation', model, flags, features }, context, async (engine, store) => {
    if (prompt !== undefined) {
      const options = { json: flags.json === true, hidesThinking };
      const answered = answer(engine, requestOf(prompt, flags, wish, context.signal), options, context);
      return await answered.catch((error) => Promise.reject(inWordsOfImages(error, flags)));
    }
    const [{ chat }, manifest] = await Promise.all([
      import('../chat/chat.js'),
      // The store knows nothing of a model that comes with an engine.
      store.inspect(model).catch(() => ({ reference: model })),
    ]);
    const { system } = flags;
    await chat({ engine, model, manifest, wish, hidesThinking, ...(system !== undefined && { system }) }, context);
  });
}

function isConversation(flags: RunFlags, { environment, stdout }: CommandContext): boolean {
  if (!environment.stdin.isTTY) return false;
  const obstacles = [
    ...(flags.raw ? ['--raw sends one prompt'] : []),
    ...(flags.json ? ['--json answers one prompt'] : []),
    ...(flags.tools ? ['--tools shows the calls of one answer'] : []),
    ...(flags.image ? ['--image shows images with one prompt'] : []),
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

function requestOf(prompt: string, { raw, system }: RunFlags, wish: Wish, signal: AbortSignal): InferenceRequest {
  const { sampling, responseFormat, reasoning, tools, images, adapter } = wish;
  const common = {
    sampling: { ...sampling, ...(responseFormat && { responseFormat }) },
    ...(adapter !== undefined && { adapter }),
    signal,
  };
  if (raw) return { ...common, prompt, raw };
  return { ...common, ...tools, ...(reasoning && { reasoning }), messages: conversation(system, prompt, images) };
}

function conversation(
  system: string | undefined,
  prompt: string,
  images: readonly ImagePart[],
): readonly ChatMessage[] {
  const content: ChatMessage['content'] = images.length > 0 ? [...images, { type: 'text', text: prompt }] : prompt;
  const user: ChatMessage = { role: 'user', content };
  return system === undefined ? [user] : [{ role: 'system', content: system }, user];
}
