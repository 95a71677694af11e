import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitBlocks } from './phoneme-blocks.js';

describe('blocks of phonemes', () => {
  it('part a text', () => {
    expect(splitBlocks('Say [[ həˈloʊ ]] or [[haɪ]].')).toEqual([
      { kind: 'text', text: 'Say ', start: 0 },
      { kind: 'phonemes', phonemes: 'həˈloʊ', start: 4 },
      { kind: 'text', text: ' or ', start: 16 },
      { kind: 'phonemes', phonemes: 'haɪ', start: 20 },
      { kind: 'text', text: '.', start: 27 },
    ]);
    expect(splitBlocks('[[a]] [[ b. c ]]').map(({ kind }) => kind)).toEqual(['phonemes', 'phonemes']);
    expect(splitBlocks('[[]]')).toEqual([{ kind: 'phonemes', phonemes: '', start: 0 }]);
    expect(splitBlocks(' ')).toEqual([]);
  });

  it('are plain text when unclosed or longer than 1,000 characters', () => {
    for (const text of ['a [[ b', 'a ]] b [[', `[[${'x'.repeat(997)}]]`, '[ [a]]']) {
      expect(splitBlocks(text)).toEqual([{ kind: 'text', text, start: 0 }]);
    }
    expect(splitBlocks(`[[${'x'.repeat(996)}]]`)).toHaveLength(1);
    expect(splitBlocks(`[[ ${'x'.repeat(1000)} [[ y ]]`).at(-1)).toEqual({
      kind: 'phonemes',
      phonemes: 'y',
      start: 1004,
    });
  });

  it('leave all other text as it was', () => {
    const atoms = fc.constantFrom('[', '[[', ']', ']]', 'a', ' ', '😀', 'x'.repeat(400));
    fc.assert(
      fc.property(fc.array(atoms, { maxLength: 30 }), (parts) => {
        const text = parts.join('');
        let end = 0;
        for (const part of splitBlocks(text)) {
          expect(text.slice(end, part.start).trim()).toBe('');
          end = part.kind === 'text' ? part.start + part.text.length : text.indexOf(']]', part.start + 2) + 2;
          if (part.kind === 'text') expect(text.slice(part.start, end)).toBe(part.text);
          else expect(text.slice(part.start + 2, end - 2).trim()).toBe(part.phonemes);
        }
        expect(text.slice(end).trim()).toBe('');
      }),
    );
  });
});
