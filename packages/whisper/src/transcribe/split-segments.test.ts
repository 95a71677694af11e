import { expect, it } from 'vitest';
import { expectedWindows } from '../testing/expected-windows.js';
import { splitSegments } from './split-segments.js';

const { timestampBegin, splits } = expectedWindows;

it.each(splits.map((expected, index) => ({ index, expected })))(
  'divides window $index as faster-whisper does',
  ({ expected: { tokens, offset, frames, segments, advance, endsWithSingleTimestamp } }) => {
    const found = splitSegments({ tokens, timestampBegin, offset, frames });
    expect(found).toMatchObject({ advance, endsWithSingleTimestamp });
    expect(found.segments.map((segment) => segment.tokens)).toEqual(segments.map((segment) => segment.tokens));
    for (const [index, { start, end }] of segments.entries()) {
      // A first part that has no timestamp at its start begins where the window does.
      const hasStart = (segments[index]?.tokens[0] ?? 0) >= timestampBegin;
      expect(found.segments[index]?.start).toBeCloseTo(hasStart ? start : offset, 3);
      expect(found.segments[index]?.end).toBeCloseTo(end, 3);
    }
  },
);
