import type { ChatMessage } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';

/** What was said before, then what is said now. Instructions stand at the head, where templates want them; new ones replace old ones. */
export function continueConversation(earlier: readonly ChatMessage[], messages: readonly ChatMessage[]): ChatMessage[] {
  if (messages[0]?.role !== 'system') return [...earlier, ...messages];
  const [instructions, ...rest] = messages;
  return [instructions, ...withoutInstructions(earlier), ...rest];
}

/**
 * Tries with all that was said before, then with less of it, the oldest exchange first to go, until it fits the context.
 * @param attempt rejects with the engine's error about the context's length when it does not
 * @returns what there was no room for, beside the result
 */
export async function withinContext<T>(
  earlier: readonly ChatMessage[],
  messages: readonly ChatMessage[],
  attempt: (conversation: ChatMessage[]) => Promise<T>,
): Promise<{ readonly result: T; readonly forgotten: readonly ChatMessage[] }> {
  let kept = earlier;
  for (;;) {
    try {
      const result = await attempt(continueConversation(kept, messages));
      return { result, forgotten: earlier.filter((turn) => !kept.includes(turn)) };
    } catch (error) {
      const shorter = withoutOldestExchange(kept);
      if (!isTooLong(error) || shorter.length === kept.length) throw error;
      kept = shorter;
    }
  }
}

function isTooLong(error: unknown): boolean {
  return (
    FerrumError.isInstance(error) &&
    error.code === 'RequestValidation' &&
    typeof error.details.contextLength === 'number'
  );
}

/** Up to the second thing that the user said; instructions stay. */
function withoutOldestExchange(turns: readonly ChatMessage[]): readonly ChatMessage[] {
  const instructions = turns[0]?.role === 'system' ? turns.slice(0, 1) : [];
  const said = turns.slice(instructions.length);
  const next = said.findIndex(({ role }, index) => index > 0 && role === 'user');
  return next === -1 ? (said.length > 0 ? instructions : turns) : [...instructions, ...said.slice(next)];
}

function withoutInstructions(turns: readonly ChatMessage[]): readonly ChatMessage[] {
  return turns[0]?.role === 'system' ? turns.slice(1) : turns;
}
