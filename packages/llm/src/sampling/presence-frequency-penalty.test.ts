import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PresenceFrequencyPenalty } from './presence-frequency-penalty.js';
import { rows } from './testing/naive.js';

describe('PresenceFrequencyPenalty', () => {
  it('takes presence once and frequency per occurrence off the tokens of the answer', () => {
    const penalty = fc.double({ min: -2, max: 2, noNaN: true });
    fc.assert(
      fc.property(
        rows,
        fc.array(fc.nat(1000), { maxLength: 30 }),
        penalty,
        penalty,
        (row, ids, presence, frequency) => {
          const answer = ids.map((id) => id % row.length);
          const processor = new PresenceFrequencyPenalty(presence, frequency);
          for (const token of answer) processor.accept(token);
          const logits = row.slice();
          processor.process(logits);
          const expected = row.map((logit, token) => {
            const count = answer.filter((other) => other === token).length;
            return logit - (count > 0 ? presence : 0) - frequency * count;
          });
          for (const [token, logit] of logits.entries()) expect(logit).toBeCloseTo(expected[token] as number, 5);
        },
      ),
    );
  });
});
