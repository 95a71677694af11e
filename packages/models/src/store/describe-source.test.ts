import { expect, it } from 'vitest';
import { describeSource } from './describe-source.js';

it('names a reference, pieces of a file, and a package once for all its files', () => {
  expect(describeSource('hf:o/n')).toBe('hf:o/n');
  expect(describeSource({ files: { a: ['https://x/1', 'https://x/2'], b: ['https://x/2'] } })).toBe(
    'https://x/1 + https://x/2',
  );
  expect(describeSource({ files: { a: ['npm:p@1/a'], b: ['npm:p@1/b'], c: ['npm:p@2/c'] } })).toBe(
    'npm:p@1 (2 files) + npm:p@2/c',
  );
});
