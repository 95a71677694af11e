import type { GraphEditor } from '@ferrum/onnx';
import { describe, expect, it } from 'vitest';
import { operatorsOf, relativeError, rewritten } from '../testing/graph-fixtures.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { replaceUpsampling } from './pixel-shuffle-upsampling.js';
import { replaceTransposedConvolutions } from './transposed-convolutions.js';

const folder = temporaryFolder();

const ways: readonly (readonly [string, (editor: GraphEditor) => number])[] = [
  ['a matrix product', replaceTransposedConvolutions],
  ['a convolution that makes several samples a step', replaceUpsampling],
];

describe.each(ways)('transposed convolutions as %s', (_, replace) => {
  it.each([
    'transposed twice the stride',
    'transposed four times the stride',
    'transposed as long as the stride',
    'transposed cut unevenly',
    'transposed cut on one side',
  ])('%s: the same values', async (name) => {
    const { model, found, expected } = await rewritten(name, folder, (editor) => {
      expect(replace(editor)).toBe(1);
    });
    expect(operatorsOf(model)).not.toContain('ConvTranspose');
    expect(relativeError(found, expected)).toBeLessThan(1e-5);
  });

  it.each(['transposed of no multiple', 'transposed in groups', 'transposed with padding'])(
    '%s: left as it is',
    async (name) => {
      const { found, expected } = await rewritten(name, folder, (editor) => {
        expect(replace(editor)).toBe(0);
      });
      expect(relativeError(found, expected)).toBeLessThan(1e-5);
    },
  );
});
