import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MinimumTokens } from './minimum-tokens.js';
import { rows } from './testing/naive.js';

it('MinimumTokens rules out the end tokens while the answer is shorter, and nothing afterwards', () => {
  fc.assert(
    fc.property(rows, fc.array(fc.nat(1000), { maxLength: 4 }), fc.nat(5), fc.nat(8), (row, ids, minimum, length) => {
      const ends = new Set(ids.map((id) => id % row.length));
      const processor = new MinimumTokens(minimum, ends);
      for (let i = 0; i < length; i++) processor.accept();
      const logits = row.slice();
      processor.process(logits);
      const masked = row.map((logit, token) => (ends.has(token) ? Number.NEGATIVE_INFINITY : logit));
      expect(logits).toEqual(length < minimum ? masked : row);
    }),
  );
});
