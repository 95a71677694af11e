import { posix, win32 } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isSafeRelativePath } from './safe-path.js';

it.each(['model.gguf', '1_Pooling/config.json', 'O(n).js', 'a/b/c', 'ünï/ç', '..a/b..c'])('accepts %s', (path) => {
  expect(isSafeRelativePath(path)).toBe(true);
});

it.each(['', '/', '/a', 'a/', 'a//b', '.', '..', 'a/../b', '../a', 'a\\b', 'C:a', 'C:/a', 'a\0b', 'a.', 'nul:', 'a\n'])(
  'refuses %j',
  (path) => {
    expect(isSafeRelativePath(path)).toBe(false);
  },
);

it('keeps whatever it accepts below the folder, on every platform', () => {
  const parts = fc.constantFrom('a', '..', '.', '', 'C:', '\\', 'b c', '...', '%2e', '~');
  const paths = fc.oneof(
    fc.string(),
    fc.array(parts, { maxLength: 6 }).map((list) => list.join('/')),
  );
  fc.assert(
    fc.property(paths, (path) => {
      if (!isSafeRelativePath(path)) return;
      expect(posix.resolve('/root', path).startsWith('/root/')).toBe(true);
      expect(win32.resolve('C:\\root', path).startsWith('C:\\root\\')).toBe(true);
    }),
    { numRuns: 2000 },
  );
});
