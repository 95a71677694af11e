import { describe, expect, it } from 'vitest';
import { AnswerText } from './answer-text.js';

/** Tokens are bytes. */
const bytes = {
  decodeFurther: (tokens: readonly number[]) => new TextDecoder().decode(Uint8Array.from(tokens)),
};

function pieces(text: string | Uint8Array, stops: readonly string[] = []) {
  const answer = new AnswerText(bytes, stops);
  const given = [...(typeof text === 'string' ? new TextEncoder().encode(text) : text)].map((token) =>
    answer.push(token),
  );
  return [...given, answer.finish()];
}

describe('the text of an answer', () => {
  it('comes in whole characters', () => {
    expect(pieces('é🦀日a').map(({ text }) => text)).toEqual(['', 'é', '', '', '', '🦀', '', '', '日', 'a', '']);
  });

  it('shows what is no character in the end, and does not wait for ever', () => {
    expect(pieces(Uint8Array.of(0xf0, 0x9f)).at(-1)).toEqual({ text: '\uFFFD', stopped: false });
    const noise = pieces(new Uint8Array(20).fill(0x80));
    expect(noise.filter(({ text }) => text !== '').length).toBe(3);
  });

  it('ends at a stop sequence that the last bytes complete', () => {
    const stopped = pieces(Uint8Array.of(0x61, 0xf0), ['a\uFFFD']);
    expect(stopped.at(-1)).toEqual({ text: '', stopped: true });
    expect(stopped.map(({ text }) => text).join('')).toBe('');
  });
});
