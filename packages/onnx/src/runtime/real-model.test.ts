import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { Tensor } from '../tensor/tensor.js';
import { OnnxRuntime } from './onnx-runtime.js';

const path = fileURLToPath(new URL('../../../../../shared/models/silero-vad/silero_vad.onnx', import.meta.url));

it.skipIf(!existsSync(path))('runs silero VAD, a model with branches (skipped without ../shared)', async () => {
  const session = await OnnxRuntime.load().openSession(path, { intraOpThreads: 1 });
  expect([...session.inputs.values()]).toEqual([
    { name: 'input', type: 'float32', dims: [undefined, undefined] },
    { name: 'state', type: 'float32', dims: [2, undefined, 128] },
    { name: 'sr', type: 'int64', dims: [] },
  ]);
  const state = Tensor.allocate('float32', [2, 1, 128]);
  const output = Tensor.allocate('float32', [1, 1]);
  const inputs = {
    input: Tensor.allocate('float32', [1, 576]),
    state,
    sr: Tensor.from('int64', [], BigInt64Array.of(16000n)),
  };
  // The recurrent state is read and written in place.
  const prepared = session.prepare(inputs, { output, stateN: state });
  for (let window = 0; window < 10; window++) await prepared.run();
  expect(output.data[0], 'silence is not speech').toBeLessThan(0.05);
  expect(state.data.some((value) => value !== 0)).toBe(true);
  await session.dispose();
});
