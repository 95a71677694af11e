import type { TensorInfo, WeightFile } from '@ferrum/models';
import type { TestTensor } from './test-tensor.js';

/** A weight file in memory. `onRead` is told how many bytes were asked for at once. */
export function memoryWeights(
  tensors: Readonly<Record<string, TestTensor>>,
  onRead: (name: string, byteLength: number) => void = () => {},
): WeightFile {
  const entries = Object.entries(tensors).map(([name, { bytes, ...info }]): [string, TensorInfo] => [
    name,
    { name, ...info, offset: 0, byteLength: bytes.length, file: 'memory' },
  ]);
  return {
    format: 'gguf',
    metadata: new Map(),
    tensors: new Map(entries),
    async read(name, range) {
      const tensor = tensors[name];
      if (!tensor) throw new Error(`the test has no tensor ${name}`);
      const part = Uint8Array.from(tensor.bytes.subarray(range?.start ?? 0, range?.end));
      onRead(name, part.length);
      return part;
    },
    async close() {},
    async [Symbol.asyncDispose]() {},
  };
}
