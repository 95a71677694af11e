import { afterEach, describe, expect, it, vi } from 'vitest';
import { byteArithmetic } from './byte-arithmetic.js';
import { OnnxRuntime } from './onnx-runtime.js';

const model = { option: 'quantization', libraryPath: undefined, label: 'tiny' };

function processor(isExact: boolean) {
  const runtime = { multipliesBytesExactly: async () => isExact } as OnnxRuntime;
  return vi.spyOn(OnnxRuntime, 'load').mockReturnValue(runtime);
}

afterEach(() => vi.restoreAllMocks());

describe('what a model is computed in', () => {
  it.each([
    { isExact: true, requested: undefined, expected: 'int8' },
    { isExact: true, requested: 'int8', expected: 'int8' },
    { isExact: true, requested: 'float32', expected: 'float32' },
    { isExact: false, requested: undefined, expected: 'float32' },
    { isExact: false, requested: 'float32', expected: 'float32' },
  ] as const)('is $expected where byte products are exact: $isExact, and $requested is asked for', async (test) => {
    processor(test.isExact);
    expect(await byteArithmetic({ ...model, requested: test.requested })).toBe(test.expected);
  });

  it('is never int8 where byte products saturate: the error names the model and the way out', async () => {
    processor(false);
    await expect(byteArithmetic({ ...model, requested: 'int8' })).rejects.toMatchObject({
      code: 'Unsupported',
      message: expect.stringMatching(/tiny cannot be computed in int8\. Use quantization: 'float32'\.$/),
    });
  });

  it('needs no runtime for float32', async () => {
    const load = processor(true);
    await byteArithmetic({ ...model, requested: 'float32' });
    expect(load).not.toHaveBeenCalled();
  });
});
