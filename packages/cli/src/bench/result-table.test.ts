import { describe, expect, it } from 'vitest';
import { formatNumber, formatResults, formatSummary } from './result-table.js';
import { summarize } from './summary.js';

it.each([
  [0.4123, '0.41'],
  [6.834, '6.83'],
  [68.21, '68.2'],
  [682.1, '682'],
  [15204.4, '15204'],
  [-1.5, '-1.50'],
  [null, '–'],
])('%j is written %s', (value, text) => {
  expect(formatNumber(value)).toBe(text);
});

describe('a table of results', () => {
  it('has a column for each case', () => {
    const rows = [
      { label: 'decode, tokens/s', cell: ({ rate }: { rate: readonly number[] }) => formatSummary(summarize(rate)) },
      { label: 'samples', cell: ({ rate }: { rate: readonly number[] }) => String(rate.length) },
    ];
    const results = [{ rate: [60, 70, 68] }, { rate: [71] }, { rate: [] }];
    expect(formatResults(['1 stream', '4 streams', '8 streams'], results, rows)).toBe(
      [
        '                  1 stream          4 streams  8 streams',
        'decode, tokens/s  68.0 (60.0–70.0)  71.0       –',
        'samples           3                 1          0',
      ].join('\n'),
    );
  });
});
