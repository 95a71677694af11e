import { FerrumError } from '@ferrum/registry/errors';
import { OnnxRuntime } from './onnx-runtime.js';

export interface ByteArithmeticOptions {
  /** What the caller asks for; undefined leaves it to the processor. */
  readonly requested: 'int8' | 'float32' | undefined;
  /** The option that asks, for the message. */
  readonly option: string;
  readonly libraryPath: string | undefined;
  /** Of the model, for the message. */
  readonly label: string;
}

/**
 * What a model is computed in: unless the caller says so, 8 bits where the processor multiplies bytes exactly.
 *
 * @throws FerrumError `Unsupported` when int8 is asked for and the processor's products saturate
 */
export async function byteArithmetic(options: ByteArithmeticOptions): Promise<'int8' | 'float32'> {
  const { requested, option, libraryPath, label } = options;
  if (requested === 'float32') return 'float32';
  const runtime = OnnxRuntime.load(libraryPath === undefined ? {} : { libraryPath });
  if (await runtime.multipliesBytesExactly()) return 'int8';
  if (requested === undefined) return 'float32';
  throw new FerrumError(
    'Unsupported',
    `This processor does not multiply bytes exactly (it has no VNNI), so ${label} cannot be computed in int8. ` +
      `Use ${option}: 'float32'.`,
  );
}
