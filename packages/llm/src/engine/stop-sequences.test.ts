import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StopSequences } from './stop-sequences.js';

const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 30 });

/** By definition: everything before the earliest stop sequence. */
function cut(text: string, sequences: readonly string[]): { text: string; stopped: boolean } {
  const found = sequences.map((sequence) => text.indexOf(sequence)).filter((at) => at >= 0);
  return found.length > 0 ? { text: text.slice(0, Math.min(...found)), stopped: true } : { text, stopped: false };
}

describe('StopSequences', () => {
  it('gives out exactly the text before the first stop sequence, however the text is cut in pieces', () => {
    const sequences = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 4 }), {
      maxLength: 3,
    });
    fc.assert(
      fc.property(fc.array(letters, { maxLength: 12 }), sequences, (pieces, stops) => {
        const filter = new StopSequences(stops);
        let given = '';
        let consumed = '';
        let stopped = false;
        for (const piece of pieces) {
          consumed += piece;
          const next = filter.push(piece);
          given += next.text;
          if (next.stopped) {
            stopped = true;
            break;
          }
          // Never any part of what may become a stop sequence.
          for (const stop of stops) {
            for (let n = 1; n < stop.length; n++) {
              if (consumed.endsWith(stop.slice(0, n))) expect(given.length).toBeLessThanOrEqual(consumed.length - n);
            }
          }
        }
        if (!stopped) given += filter.flush();
        // A later piece may hold an earlier match only if the pieces were still being read.
        expect({ text: given, stopped }).toEqual(cut(consumed, stops));
      }),
    );
  });

  it('says which of several it was, the first where two are complete', () => {
    expect(new StopSequences(['b', 'ab']).push('xab')).toEqual({ text: 'x', stopped: true, stopSequence: 'ab' });
    expect(new StopSequences(['y', 'b']).push('ab')).toEqual({ text: 'a', stopped: true, stopSequence: 'b' });
  });

  it('passes text through when there is nothing to stop at', () => {
    expect(new StopSequences([]).push('hello')).toEqual({ text: 'hello', stopped: false });
  });
});
