import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Agreement } from './agreement.js';

const agreed = (...texts: readonly (readonly number[])[]) => {
  const agreement = new Agreement();
  for (const text of texts) agreement.add(text);
  return agreement.tokens;
};

it('is what two texts in a row begin with, but for the last token', () => {
  expect(agreed()).toEqual([]);
  expect(agreed([1, 2, 3])).toEqual([]);
  expect(agreed([1, 2, 3, 4], [1, 2, 3, 9])).toEqual([1, 2]);
  expect(agreed([1, 2, 3], [1, 2, 3])).toEqual([1, 2]);
  expect(agreed([1], [1])).toEqual([]);
  expect(agreed([1, 2], [3, 4])).toEqual([]);
});

it('forgets a text that was not said twice in a row', () => {
  expect(agreed([1, 2, 3], [7], [1, 2, 3])).toEqual([]);
});

it('never shrinks, as texts begin with what has been agreed on', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.nat(2), { maxLength: 6 }), { maxLength: 20 }), (endings) => {
      const agreement = new Agreement();
      for (const ending of endings) {
        const before = agreement.tokens;
        const text = [...before, ...ending];
        agreement.add(text);
        expect(agreement.tokens.slice(0, before.length)).toEqual(before);
        expect(text.slice(0, agreement.tokens.length)).toEqual(agreement.tokens);
      }
    }),
  );
});
