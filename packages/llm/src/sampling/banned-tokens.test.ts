import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BannedTokens } from './banned-tokens.js';
import { rows } from './testing/naive.js';

it('BannedTokens rules out the tokens it names and leaves the others', () => {
  fc.assert(
    fc.property(rows, fc.array(fc.nat(1000), { maxLength: 10 }), (row, ids) => {
      const banned = ids.map((id) => id % row.length);
      const logits = row.slice();
      new BannedTokens(banned).process(logits);
      expect(logits).toEqual(row.map((logit, token) => (banned.includes(token) ? Number.NEGATIVE_INFINITY : logit)));
    }),
  );
});
