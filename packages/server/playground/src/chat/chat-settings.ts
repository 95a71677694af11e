import { type Signal, signal } from '@preact/signals';
import { type NumberRule, numberProblem, readNumber } from '../components/number-field.js';

/** What every conversation starts with; empty for none. */
export const systemMessage = signal('');

/** A number of the request, as it is typed. */
export interface ChatNumber {
  readonly rule: NumberRule;
  readonly text: Signal<string>;
  /** Sent for an empty field; without one the server's own default holds. */
  readonly whenEmpty?: number;
}

/** Each number with the name that the API knows it by. */
export const chatNumbers = {
  temperature: { rule: { label: 'Temperature', min: 0, max: 2 }, text: signal('') },
  top_p: { rule: { label: 'Top p', min: 0, max: 1 }, text: signal('') },
  max_tokens: {
    rule: { label: 'Max tokens', min: 1, max: 1_000_000, integer: true },
    text: signal(''),
    // A small model that loops would else write until its context is full.
    whenEmpty: 1024,
  },
  seed: { rule: { label: 'Seed', min: 0, max: 2 ** 32 - 1, integer: true }, text: signal('') },
} satisfies Readonly<Record<string, ChatNumber>>;

/** The first thing wrong with the numbers, or nothing. */
export function chatNumbersProblem(): string | undefined {
  return Object.values(chatNumbers)
    .map(({ rule, text }) => numberProblem(text.value, rule))
    .find((problem) => problem !== undefined);
}

/** The numbers for the request: those filled in, and what is sent for an empty field. */
export function chatNumbersFilled(): Record<string, number> {
  const filled: Record<string, number> = {};
  for (const [name, { text, whenEmpty }] of Object.entries<ChatNumber>(chatNumbers)) {
    const value = readNumber(text.value) ?? whenEmpty;
    if (value !== undefined) filled[name] = value;
  }
  return filled;
}
