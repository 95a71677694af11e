import { expect, it } from 'vitest';
import { operatorsOf, relativeError, rewritten } from '../testing/graph-fixtures.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { replaceFourierTransforms } from './fourier-transform.js';

const folder = temporaryFolder();

it.each(['fourier', 'fourier of a column'])("%s: the spectrum is numpy's", async (name) => {
  const { model, found, expected } = await rewritten(name, folder, (editor) => {
    expect(replaceFourierTransforms(editor)).toBe(1);
  });
  expect(operatorsOf(model)).not.toContain('STFT');
  expect(relativeError(found, expected)).toBeLessThan(2e-6);
});

it('gives a negative real value the phase π, never −π', async () => {
  const { found, expected } = await rewritten('fourier', folder, (editor) => {
    replaceFourierTransforms(editor);
  });
  let negative = 0;
  for (const [run, { data }] of found.entries()) {
    const bins = 11;
    for (let at = 0; at < data.length; at += 2) {
      const bin = (at / 2) % bins;
      if (bin > 0 && bin < bins - 1) continue;
      const [real = 0, imaginary = 0] = data.subarray(at, at + 2);
      const exact = expected[run]?.data[at] ?? 0;
      // PyTorch: the imaginary part of these bins is +0.
      expect(Math.atan2(imaginary, real)).toBeCloseTo(Math.atan2(0, exact), 5);
      if (exact < 0) negative += 1;
    }
  }
  expect(negative).toBeGreaterThan(5);
});
