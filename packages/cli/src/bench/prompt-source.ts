import type { LlmInferenceEngine } from '@ferrum/interfaces';
import { promptText } from './prompt-text.js';
import { readStreams } from './read-streams.js';

/**
 * Gives prompts of about so many tokens, each of them once. The engine is asked how many tokens as many words have: one
 * each in most vocabularies, beside one that begins the sequence.
 *
 * @throws FerrumError as `readStreams`.
 */
export async function openPromptSource(
  engine: LlmInferenceEngine,
  tokens: number,
  signal: AbortSignal,
): Promise<() => string> {
  const [trace] = await readStreams(engine, [promptText(tokens, 0)], 1, signal);
  const words = Math.max(1, Math.round(tokens ** 2 / (trace?.usage.promptTokens || tokens)));
  let number = 0;
  return () => {
    number += 1;
    return promptText(words, number);
  };
}
