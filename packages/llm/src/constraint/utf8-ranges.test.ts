import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8Sequences } from './utf8-ranges.js';

describe('byte sequences of a range of characters', () => {
  it('hold its characters and no others', () => {
    const code = fc.oneof(
      fc.integer({ min: 0, max: 0x10ffff }),
      fc.constantFrom(0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000),
    );
    fc.assert(
      fc.property(code, code, code, (a, b, other) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        const sequences = utf8Sequences([from, to]);
        for (const one of [from, to, from - 1, to + 1, other]) {
          if (one < 0 || one > 0x10ffff || (one >= 0xd800 && one <= 0xdfff)) continue;
          const bytes = new TextEncoder().encode(String.fromCodePoint(one));
          const isIn = sequences.some(
            (ranges) =>
              ranges.length === bytes.length &&
              ranges.every(([low, high], i) => (bytes[i] ?? 0) >= low && (bytes[i] ?? 0) <= high),
          );
          expect(isIn).toBe(one >= from && one <= to);
        }
      }),
    );
  });
});
