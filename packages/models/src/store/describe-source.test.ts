import { expect, it } from 'vitest';
import { describeSource } from './describe-source.js';

it('names a reference, and a package or folder once for all its files', () => {
  expect(describeSource('hf:o/n')).toBe('hf:o/n');
  expect(describeSource({ files: { a: ['https://x/y/1', 'https://x/y/2'], b: ['https://x/z/2'] } })).toBe(
    'https://x/y/ (2 files) + https://x/z/2',
  );
  expect(describeSource({ files: { a: ['npm:p@1/a'], b: ['npm:p@1/b'], c: ['npm:p@2/c'] } })).toBe(
    'npm:p@1 (2 files) + npm:p@2/c',
  );
});
