import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LogitBias } from './logit-bias.js';
import { rows } from './testing/naive.js';

it('LogitBias adds to the tokens it names and leaves the others', () => {
  const entries = fc.array(fc.tuple(fc.nat(1000), fc.integer({ min: -100, max: 100 })), { maxLength: 10 });
  fc.assert(
    fc.property(rows, entries, (row, some) => {
      const bias = new Map(some.map(([id, value]) => [id % row.length, value]));
      const logits = row.slice();
      new LogitBias(bias).process(logits);
      expect(logits).toEqual(row.map((logit, token) => logit + (bias.get(token) ?? 0)));
    }),
  );
});
