import { OnnxRuntime } from '@ferrum/onnx';
import { describe, expect, it } from 'vitest';
import { operatorsOf, relativeError, rewritten } from '../testing/graph-fixtures.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { replaceIntegerConvolutions } from './integer-convolutions.js';

const folder = temporaryFolder();

/** One less where the bias is rounded to an integer of the scales: the rewritten graph adds it as it is. */
const patterns: readonly (readonly [name: string, convolutions: number, tolerance: number])[] = [
  ['integer taps 3', 1, 2e-4],
  ['integer taps 1', 1, 1e-3],
  ['integer dilated', 1, 2e-4],
  ['integer strided', 1, 2e-4],
  ['integer one-sided', 1, 2e-4],
  ['integer signed', 1, 2e-4],
  ['integer without bias', 1, 1e-6],
  ['integer scale per output', 1, 1e-6],
  ['integer two of one input', 2, 2e-4],
];

describe('quantised convolutions in int8', () => {
  it.each(patterns)('%s: the same products', async (name, convolutions, tolerance) => {
    let replaced = 0;
    const { model, found, expected } = await rewritten(name, folder, (editor) => {
      replaced = replaceIntegerConvolutions(editor, 'int8');
    });
    expect(replaced).toBe(convolutions);
    expect(operatorsOf(model)).not.toContain('ConvInteger');
    expect(operatorsOf(model)).toContain('MatMulIntegerToFloat');
    expect(relativeError(found, expected)).toBeLessThan(tolerance);
  });

  it('weights that take all 256 values of a byte', async (context) => {
    if (!(await OnnxRuntime.load().multipliesBytesExactly()))
      context.skip('this processor does not multiply bytes exactly');
    const { found, expected } = await rewritten('integer whole bytes', folder, (editor) => {
      replaceIntegerConvolutions(editor, 'int8');
    });
    expect(relativeError(found, expected)).toBeLessThan(2e-4);
  });

  it('quantises an input that two read once', async () => {
    const { model } = await rewritten('integer two of one input', folder, (editor) => {
      replaceIntegerConvolutions(editor, 'int8');
    });
    expect(operatorsOf(model).filter((operator) => operator === 'DynamicQuantizeLinear')).toHaveLength(1);
  });
});

describe('quantised convolutions in float32', () => {
  it.each<readonly [string, number, number]>([...patterns, ['integer whole bytes', 1, 0.02] as const])(
    '%s: within the rounding of the inputs to bytes',
    async (name, convolutions) => {
      let replaced = 0;
      const { model, found, expected } = await rewritten(name, folder, (editor) => {
        replaced = replaceIntegerConvolutions(editor, 'float32');
      });
      expect(replaced).toBe(convolutions);
      expect(operatorsOf(model)).not.toContain('DynamicQuantizeLinear');
      expect(relativeError(found, expected)).toBeLessThan(0.02);
    },
  );
});
