import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerText } from './answer-text.js';

/** What each token says; the last two are the halves of one character. */
const vocabulary = [...['a', 'b', 'ab', 'ba', 'aab', 'é'].map((text) => Buffer.from(text)), [0xc3], [0xa9]];

const tokenizer = {
  createDecoder: () => {
    const decoder = new TextDecoder();
    return {
      push: (token: number) => decoder.decode(Uint8Array.from(vocabulary[token] ?? []), { stream: true }),
      flush: () => decoder.decode(),
    };
  },
};

interface Definition {
  readonly text: string;
  /** Of the token that completes the stop sequence, from 1; what `finish` adds belongs to the last token. */
  readonly stoppedBy: number | undefined;
}

/** Cut before the first stop sequence that is completed by token number >= minTokens. */
function define(pieces: readonly string[], stops: readonly string[], minTokens: number): Definition {
  const whole = pieces.join('');
  const numberOf = pieces.flatMap((piece, i) => Array.from({ length: piece.length }, () => i + 1));
  const found = stops.flatMap((stop) =>
    Array.from(numberOf, (_, start) => ({ start, by: numberOf[start + stop.length - 1] ?? 0 })).filter(
      ({ start, by }) => whole.startsWith(stop, start) && Math.min(by, pieces.length - 1) >= minTokens && by > 0,
    ),
  );
  if (found.length === 0) return { text: whole, stoppedBy: undefined };
  const stoppedBy = Math.min(...found.map(({ by }) => by));
  const starts = found.filter(({ by }) => by === stoppedBy).map(({ start }) => start);
  return { text: whole.slice(0, Math.min(...starts)), stoppedBy };
}

function longestBeginning(text: string, stops: readonly string[]): number {
  const lengths = stops.flatMap((stop) =>
    Array.from({ length: stop.length }, (_, n) => n).filter((n) => text.endsWith(stop.slice(0, n))),
  );
  return Math.max(0, ...lengths);
}

const someTokens = fc.array(fc.nat(vocabulary.length - 1), { maxLength: 20 });
const someStops = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'é', '\ufffd'), minLength: 1, maxLength: 6 }), {
  maxLength: 3,
});

describe('AnswerText', () => {
  it('ends before the first stop sequence that is complete with minTokens or later, and gives nothing of it out', () => {
    fc.assert(
      fc.property(someTokens, someStops, fc.nat(12), (tokens, stops, minTokens) => {
        const decoder = tokenizer.createDecoder();
        const pieces = [...tokens.map((token) => decoder.push(token)), decoder.flush()];
        const definition = define(pieces, stops, minTokens);
        const answer = new AnswerText(tokenizer, stops, minTokens);
        let given = '';
        let stoppedBy: number | undefined;
        for (const [i, token] of tokens.entries()) {
          const { text, stopped } = answer.push(token);
          given += text;
          if (stopped) stoppedBy = i + 1;
          if (stopped) break;
          const consumed = pieces.slice(0, i + 1).join('');
          expect(given).toBe(consumed.slice(0, consumed.length - longestBeginning(consumed, stops)));
        }
        if (stoppedBy === undefined) {
          const { text, stopped } = answer.finish();
          given += text;
          if (stopped) stoppedBy = pieces.length;
        }
        expect({ text: given, stoppedBy }).toEqual(definition);
      }),
      { numRuns: 2000 },
    );
  });

  it('stops at a sequence that begins before minTokens and is complete after', () => {
    const answer = new AnswerText(tokenizer, ['aba'], 3);
    expect([0, 1, 0].map((token) => answer.push(token))).toEqual([
      { text: '', stopped: false },
      { text: '', stopped: false },
      { text: '', stopped: true, stopSequence: 'aba' },
    ]);
  });

  it('goes on past a sequence that is complete before minTokens, which may overlap with one that counts', () => {
    const answer = new AnswerText(tokenizer, ['aba'], 4);
    expect([0, 1, 0, 1, 0].map((token) => answer.push(token))).toEqual([
      { text: '', stopped: false },
      { text: '', stopped: false },
      { text: 'ab', stopped: false },
      { text: '', stopped: false },
      { text: '', stopped: true, stopSequence: 'aba' },
    ]);
  });
});
