import { expect, it } from 'vitest';
import { recordOutput } from '../testing/streams.js';
import { createOutput } from './output.js';
import { formatRanking } from './ranking.js';

const results = [
  { index: 10, score: 9, relevanceScore: 0.99988, document: `first\n\nparagraph\u001b[2J ${'x'.repeat(100)}` },
  { index: 2, score: -9, relevanceScore: 0.00012, document: '日本'.repeat(40) },
];
const to = (terminal: boolean) =>
  formatRanking(results, createOutput(recordOutput(terminal), 'standard output', {})).split('\n');

it('a pipe gets every document whole, on a line', () => {
  expect(to(false)).toEqual([
    `1  0.9999  10  first paragraph\u001b[2J ${'x'.repeat(100)}`,
    `2  0.0001  2   ${'日本'.repeat(40)}`,
    '',
  ]);
});

it('a terminal gets what fits its 80 columns, and nothing that commands it', () => {
  const [first, second] = to(true);
  // 15 cells before the document; the last column stays free.
  expect(first).toBe(`1  0.9999  10  first paragraph[2J ${'x'.repeat(44)}…`);
  expect(first).toHaveLength(79);
  expect(second).toBe(`2  0.0001  2   ${'日本'.repeat(15)}日…`);
});

it('of nothing is nothing', () => {
  expect(formatRanking([], createOutput(recordOutput(), 'standard output', {}))).toBe('');
});
