import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LowestFirst } from './lowest-first.js';

it('gives the lowest of all numbers that are there, time after time', () => {
  const numbers = fc.array(fc.nat(1000), { maxLength: 100 });
  fc.assert(
    fc.property(numbers, fc.array(fc.tuple(numbers, fc.nat(120))), (known, rounds) => {
      const queue = new LowestFirst(200, 20_000);
      queue.append(7);
      queue.sort();
      queue.push(3);
      queue.clear();
      for (const number of known) queue.append(number);
      queue.sort();
      const held = [...known];
      for (const [later, taken] of rounds) {
        for (const number of later) queue.push(number);
        held.push(...later);
        held.sort((a, b) => a - b);
        for (let i = 0; i < taken; i++) expect(queue.pop()).toBe(held.shift() ?? Infinity);
      }
    }),
  );
});
