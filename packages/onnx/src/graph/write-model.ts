import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { encodeModel } from './encode-model.js';
import { type ExternalData, ExternalDataWriter } from './external-data.js';
import type { OnnxModel, OnnxTensor } from './model.js';
import { weightFileError } from './weight-file-error.js';

/** Smaller ones stay in the model file, where shape inference can read them. */
const externalFrom = 1024;

export interface WriteModelOptions {
  /** Reads data that lie in other files, which are then copied too. Default: the model goes on referring to them. */
  readonly readExternal?: (reference: ExternalData, tensor: OnnxTensor) => AsyncIterable<Uint8Array>;
  /** Called with the constants done and their number. */
  readonly onTensor?: (completed: number, total: number) => void;
}

/**
 * Writes a model, its larger constants into a file of their own beside it (`model.onnx`, `model.bin`), from where ONNX Runtime maps them.
 * @throws FerrumError `ResourceExhausted` (disk full), `PermissionDenied`, `IO`.
 */
export async function writeModel(
  file: string,
  model: OnnxModel,
  { readExternal, onTensor }: WriteModelOptions = {},
): Promise<void> {
  const weights = await ExternalDataWriter.create(`${file.replace(/\.onnx$/, '')}.bin`);
  const initializers: OnnxTensor[] = [];
  try {
    for (const tensor of model.graph.initializers) {
      const { data } = tensor;
      const bytes =
        data.kind === 'external'
          ? readExternal?.(data.reference, tensor)
          : data.kind === 'inline' && data.bytes.byteLength >= externalFrom
            ? data.bytes
            : undefined;
      initializers.push(
        bytes ? { ...tensor, data: { kind: 'external', reference: await weights.add(bytes) } } : tensor,
      );
      onTensor?.(initializers.length, model.graph.initializers.length);
    }
  } finally {
    await weights.close();
  }
  const bytes = encodeModel({ ...model, graph: { ...model.graph, initializers } });
  await writeFile(file, bytes).catch((cause: unknown) => {
    throw weightFileError(cause, file, `write the model ${path.basename(file)}`);
  });
}
