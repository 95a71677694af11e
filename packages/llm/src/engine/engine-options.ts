import { availableParallelism } from 'node:os';
import { describeIssue, wholeNumber } from '@ferrum/models';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';

const schema = v.strictObject({
  threads: v.optional(v.pipe(wholeNumber, v.minValue(1), v.maxValue(1024))),
  contextLength: v.optional(v.pipe(wholeNumber, v.minValue(1))),
  quantization: v.optional(v.picklist(['exact', 'int8', 'int4', 'float32'])),
  libraryPath: v.optional(v.pipe(v.string(), v.minLength(1))),
});

/** What `host.resolve('text-generation', { options })` accepts. */
export interface LlmEngineOptions {
  /** Threads that compute. Default: one per core. */
  readonly threads?: number;
  /** Tokens of prompt and answer together. Default: what the model was trained for. Memory is taken as it is used. */
  readonly contextLength?: number;
  /**
   * How linear layers are stored. Default: `exact` for GGUF files (each type keeps its values, in 4 or 8 bits), `int8`
   * (blocks of 32) for safetensors. `int4` is for unquantised files only.
   */
  readonly quantization?: 'exact' | 'int8' | 'int4' | 'float32';
  /** Another build of the ONNX Runtime library. Default: the one that onnxruntime-node carries. */
  readonly libraryPath?: string;
}

/** @throws FerrumError `InvalidParameter` naming the option. */
export function parseEngineOptions(options: Readonly<Record<string, unknown>>): LlmEngineOptions & { threads: number } {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const result = v.safeParse(schema, given, { abortEarly: true });
  if (!result.success) {
    const { field, message } = describeIssue(result.issues);
    throw new FerrumError('InvalidParameter', `Engine options of @ferrum/llm: ${field && `${field}: `}${message}.`, {
      details: { parameter: field || 'options' },
    });
  }
  return { ...(result.output as LlmEngineOptions), threads: result.output.threads ?? availableParallelism() };
}
