import { describe, expect, it } from 'vitest';
import { PartCache } from './part-cache.js';

describe('PartCache', () => {
  it('computes a part once, and a long one each time', () => {
    const cache = new PartCache();
    const computed: string[] = [];
    const lengthOf = (part: string) => {
      computed.push(part);
      return [part.length];
    };
    const long = 'a'.repeat(65);
    for (const part of ['the', 'the', '😀', '😀', long, long]) expect(cache.get(part, lengthOf)).toEqual([part.length]);
    expect(computed).toEqual(['the', '😀', long, long]);
  });

  it('stays right when more parts come than it keeps', () => {
    const cache = new PartCache();
    for (let round = 0; round < 2; round++) {
      const wrong = Array.from({ length: 40_000 }, (_, id) => id).filter(
        (id) => cache.get(`word ${id}`, () => [id])[0] !== id,
      );
      expect(wrong).toEqual([]);
    }
  });
});
