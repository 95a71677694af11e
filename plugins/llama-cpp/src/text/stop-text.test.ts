import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StopText } from './stop-text.js';

function run(stops: readonly string[], pieces: readonly string[]) {
  const text = new StopText(stops);
  let given = '';
  for (const piece of pieces) {
    const { text: safe, stopped } = text.push(piece);
    given += safe;
    if (stopped) return { given, stopped };
  }
  return { given: given + text.flush(), stopped: false };
}

describe('a text with stop sequences', () => {
  it('ends before the first of them, wherever it is cut', () => {
    const pieces = fc.array(fc.stringMatching(/^[abc]{0,4}$/), { maxLength: 12 });
    const stops = fc.array(fc.stringMatching(/^[abc]{1,4}$/), { maxLength: 3 });
    fc.assert(
      fc.property(pieces, stops, (cut, sequences) => {
        const whole = cut.join('');
        const { given, stopped } = run(sequences, cut);
        expect(stopped).toBe(sequences.some((sequence) => whole.includes(sequence)));
        if (!stopped) expect(given).toBe(whole);
        else {
          expect(whole.startsWith(given)).toBe(true);
          expect(sequences.some((sequence) => whole.startsWith(sequence, given.length))).toBe(true);
          for (const sequence of sequences) expect(given.includes(sequence)).toBe(false);
        }
      }),
    );
  });

  it('is given out as soon as it can be no part of one', () => {
    const text = new StopText(['END']);
    expect(text.push('the EN')).toEqual({ text: 'the ', stopped: false });
    expect(text.push('tropy E')).toEqual({ text: 'ENtropy ', stopped: false });
    expect(text.push('ND')).toEqual({ text: '', stopped: true });
  });
});
