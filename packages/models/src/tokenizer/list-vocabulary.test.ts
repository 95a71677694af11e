import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ListVocabulary } from './list-vocabulary.js';

function refuse(id: number, other: number): never {
  throw new Error(`${id} is ${other}`);
}

describe('ListVocabulary', () => {
  const text = fc.string({ unit: 'binary' });

  it('finds what a map finds, in both directions', () => {
    fc.assert(
      fc.property(fc.uniqueArray(text), fc.array(text), (texts, others) => {
        const map = new Map(texts.map((one, id) => [one, id]));
        const vocabulary = new ListVocabulary(texts, refuse);
        expect(vocabulary.size).toBe(texts.length);
        for (const one of [...texts, ...others]) {
          expect(vocabulary.get(one)).toBe(map.get(one));
          expect(vocabulary.has(one)).toBe(map.has(one));
        }
        for (let id = -1; id <= texts.length; id++) {
          expect(vocabulary.text(id)).toBe(id < 0 ? undefined : texts[id]);
        }
        expect(vocabulary.text(0.5)).toBeUndefined();
      }),
    );
  });

  it('reports a text that is listed twice', () => {
    expect(() => new ListVocabulary(['a', 'b', '', 'b'], refuse)).toThrow('3 is 1');
  });
});
