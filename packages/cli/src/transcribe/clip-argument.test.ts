import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collectClips } from './clip-argument.js';

describe('parts of an audio', () => {
  it.each([
    ['0-30', [{ start: 0, end: 30 }]],
    ['1.5-2.25, 3-', [{ start: 1.5, end: 2.25 }, { start: 3 }]],
    ['1:15-1:02:03.5', [{ start: 75, end: 3723.5 }]],
  ])('%s are %j', (text, clips) => {
    expect(collectClips(text)).toEqual(clips);
  });

  it('are collected over several flags', () => {
    expect(collectClips('5-', collectClips('0-1'))).toEqual([{ start: 0, end: 1 }, { start: 5 }]);
  });

  it.each(['', '30', '-30', '0-1-2', '0-x', 'x-1', '1:70-', '0-1,', '1e3-', '--'])('%j is refused', (text) => {
    expect(() => collectClips(text)).toThrow(/^(It must be parts such as|A part must end)/);
  });

  it('never have a time that is no number', () => {
    const text = fc.string({ unit: fc.constantFrom(...'0123456789:.-, e') });
    fc.assert(
      fc.property(text, (ranges) => {
        let clips: ReturnType<typeof collectClips> = [];
        try {
          clips = collectClips(ranges);
        } catch (error) {
          expect(error).toHaveProperty('code', 'commander.invalidArgument');
        }
        for (const { start, end = start } of clips) expect(Number.isFinite(start + end)).toBe(true);
      }),
    );
  });
});
