import { signal } from '@preact/signals';
import { type NumberRule, numberProblem, readNumber } from '../components/number-field.js';

/** What every conversation starts with; empty for none. */
export const systemMessage = signal('');

/** Each number with the name that the API knows it by. Empty means the server's own default. */
export const chatNumbers = {
  temperature: { rule: { label: 'Temperature', min: 0, max: 2 }, text: signal('') },
  top_p: { rule: { label: 'Top p', min: 0, max: 1 }, text: signal('') },
  max_tokens: { rule: { label: 'Max tokens', min: 1, max: 1_000_000, integer: true }, text: signal('') },
  seed: { rule: { label: 'Seed', min: 0, max: 2 ** 32 - 1, integer: true }, text: signal('') },
} satisfies Record<string, { readonly rule: NumberRule; readonly text: unknown }>;

/** The first thing wrong with the numbers, or nothing. */
export function chatNumbersProblem(): string | undefined {
  return Object.values(chatNumbers)
    .map(({ rule, text }) => numberProblem(text.value, rule))
    .find((problem) => problem !== undefined);
}

/** The numbers that were filled in, for the request. */
export function chatNumbersFilled(): Record<string, number> {
  const filled: Record<string, number> = {};
  for (const [name, { text }] of Object.entries(chatNumbers)) {
    const value = readNumber(text.value);
    if (value !== undefined) filled[name] = value;
  }
  return filled;
}
