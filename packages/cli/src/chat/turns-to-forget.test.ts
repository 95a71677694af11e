import type { ChatMessage } from '@ferrum/interfaces';
import { describe, expect, it } from 'vitest';
import { turnsToForget } from './turns-to-forget.js';

describe('turnsToForget', () => {
  /** Turns of so many characters each, half of them the answer's, and a last question of 10. */
  const conversation = (...turns: readonly number[]): readonly ChatMessage[] => [
    ...turns.flatMap((size): readonly ChatMessage[] => [
      { role: 'user', content: 'q'.repeat(size / 2) },
      { role: 'assistant', content: 'a'.repeat(size / 2) },
    ]),
    { role: 'user', content: 'q'.repeat(10) },
  ];

  it('leaves a quarter of the context to the answer, one token a character', () => {
    const overflow = { contextLength: 100, promptTokens: 110 };
    // 35 tokens have to go: two turns of 20.
    expect(turnsToForget(conversation(20, 20, 20, 20, 20), overflow)).toBe(2);
    expect(turnsToForget(conversation(40, 20, 20, 20), overflow)).toBe(1);
  });

  it('never asks for more turns than there are, and always for one', () => {
    expect(turnsToForget(conversation(2), { contextLength: 10, promptTokens: 1000 })).toBe(1);
    expect(turnsToForget(conversation(20, 20), { contextLength: 100 })).toBe(1);
    expect(turnsToForget(conversation(20, 20), { contextLength: 100, promptTokens: 900 })).toBe(2);
  });

  it('never counts the instructions as a turn', () => {
    const messages: readonly ChatMessage[] = [{ role: 'system', content: 's'.repeat(500) }, ...conversation(20, 20)];
    expect(turnsToForget(messages, { contextLength: 100, promptTokens: 550 })).toBe(2);
  });
});
