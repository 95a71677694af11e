import { expect, it } from 'vitest';
import { operatorsOf, relativeError, rewritten } from '../testing/graph-fixtures.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { replaceNarrowConvolutions } from './narrow-convolutions.js';

const folder = temporaryFolder();

it.each(['narrow', 'narrow dilated', 'narrow one-sided', 'narrow of an old opset'])(
  '%s: the same values by a matrix product',
  async (name) => {
    const { model, found, expected } = await rewritten(name, folder, (editor) => {
      expect(replaceNarrowConvolutions(editor)).toBe(1);
    });
    expect(operatorsOf(model)).not.toContain('Conv');
    expect(relativeError(found, expected)).toBeLessThan(1e-5);
  },
);

it.each(['narrow that shortens', 'narrow that is not'])('%s: left as it is', async (name) => {
  const { found, expected } = await rewritten(name, folder, (editor) => {
    expect(replaceNarrowConvolutions(editor)).toBe(0);
  });
  expect(relativeError(found, expected)).toBeLessThan(1e-5);
});
