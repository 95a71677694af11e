import type { ChatMessage } from '@ferrum/interfaces';
import type { ContextOverflow } from '../run/context-overflow.js';

/** Of the context, for the prompt; the rest is for the answer, which would else break off after a word. */
const promptShare = 0.75;

/**
 * How many of the oldest turns (a question and its answer) to leave out of messages that did not fit, at least one. Only
 * the engine counts tokens: characters tell roughly how many each turn has.
 */
export function turnsToForget(messages: readonly ChatMessage[], overflow: ContextOverflow): number {
  const { contextLength, promptTokens } = overflow;
  const turns = messages.filter(({ role }) => role !== 'system').slice(0, -1);
  const characters = charactersOf(messages);
  if (promptTokens === undefined || characters === 0) return 1;
  let excess = characters * (1 - (promptShare * contextLength) / promptTokens);
  let forgotten = 0;
  while (excess > 0 && forgotten < turns.length / 2) {
    excess -= charactersOf(turns.slice(2 * forgotten, 2 * forgotten + 2));
    forgotten += 1;
  }
  return forgotten;
}

function charactersOf(messages: readonly ChatMessage[]): number {
  return messages.reduce((sum, { content }) => sum + lengthOf(content), 0);
}

function lengthOf(content: ChatMessage['content']): number {
  if (typeof content === 'string') return content.length;
  return content.reduce((sum, part) => sum + (part.type === 'text' ? part.text.length : 0), 0);
}
