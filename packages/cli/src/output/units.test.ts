import { describe, expect, it } from 'vitest';
import { formatBytes, formatClock, formatCount, formatDate, formatDuration } from './units.js';

describe('units', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [999_949, '999.9 kB'],
    [999_950, '1.0 MB'],
    [98_362_432, '98.4 MB'],
    [14_500_000_000, '14.5 GB'],
    [2e15, '2000.0 TB'],
  ])('%i bytes are %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it.each([
    [0.2, '1 s'],
    [59, '59 s'],
    [90, '2 min'],
    [5400, '1.5 h'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });

  it.each([
    [0.9, '0:00'],
    [75.5, '1:15'],
    [3599.9, '59:59'],
    [3723, '1:02:03'],
    [36_000, '10:00:00'],
  ])('%d seconds into an audio is %s', (seconds, text) => {
    expect(formatClock(seconds)).toBe(text);
  });

  it('are counted in one or several', () => {
    expect([0, 1, 2].map((count) => formatCount(count, 'token'))).toEqual(['0 tokens', '1 token', '2 tokens']);
  });

  it('dates are local and sort', () => {
    expect(formatDate(new Date(2026, 0, 2, 3, 4))).toBe('2026-01-02 03:04');
  });
});
