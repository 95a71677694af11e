import { describe, expect, it } from 'vitest';
import { operatorsOf, relativeError, rewritten } from '../testing/graph-fixtures.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { rewriteAdaptiveNorms } from './adaptive-norms.js';

const folder = temporaryFolder();

describe('adaptive instance norms', () => {
  it.each(['norm by product', 'norm by power', 'norm and snake'])('%s: the same values', async (name) => {
    let norms = 0;
    const { model, found, expected } = await rewritten(name, folder, (editor) => {
      norms = rewriteAdaptiveNorms(editor);
    });
    expect(norms).toBe(1);
    expect(operatorsOf(model)).not.toContain('ReduceMean');
    // The last run has a constant channel, whose rounding is divided by the root of ε.
    // The squared sine of the activation is a polynomial, with an error of up to 8e-4.
    const tolerance = name === 'norm and snake' ? 1e-3 : 1e-5;
    expect(relativeError(found.slice(0, 2), expected.slice(0, 2))).toBeLessThan(tolerance);
    expect(relativeError(found.slice(2), expected.slice(2))).toBeLessThan(2e-3);
  });

  it('leaves alone what is no norm', async () => {
    await rewritten('narrow', folder, (editor) => {
      expect(rewriteAdaptiveNorms(editor)).toBe(0);
    });
  });
});
