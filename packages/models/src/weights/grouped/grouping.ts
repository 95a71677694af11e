import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import { parseShape } from '../../shape.js';

/** How the layers of a GPTQ or AWQ model are stored. */
export interface Grouping {
  readonly method: 'gptq' | 'awq';
  readonly bits: 4 | 8;
  /** Inputs that share a scale; undefined: all of a layer. */
  readonly groupSize: number | undefined;
  /** To be added to the zero points of the file: 1 in the first version of GPTQ's format. */
  readonly zeroOffset: 0 | 1;
}

const groupSize = v.pipe(v.number(), v.integer());

const gptqSchema = v.object({
  bits: v.number(),
  group_size: groupSize,
  checkpoint_format: v.nullish(v.string()),
  is_marlin_format: v.nullish(v.boolean()),
});

const awqSchema = v.object({
  bits: v.number(),
  group_size: groupSize,
  version: v.nullish(v.string()),
  zero_point: v.nullish(v.boolean()),
});

/**
 * Reads the `quantization_config` of a config.json, or GPTQ's quantize_config.json, which names no method.
 * @param file for errors
 * @throws FerrumError `Unsupported` for another method, number of bits or layout, naming it; `InvalidFormat`.
 */
export function readGrouping(json: unknown, file: string): Grouping {
  const { quant_method: method = 'gptq' } = parseShape(v.object({ quant_method: v.optional(v.string()) }), json, file);
  switch (method.toLowerCase()) {
    case 'gptq':
      return gptqGrouping(json, file);
    case 'awq':
      return awqGrouping(json, file);
    default:
      throw unsupported(file, `quantised by "${method}"`);
  }
}

function gptqGrouping(json: unknown, file: string): Grouping {
  const { bits, group_size, checkpoint_format, is_marlin_format } = parseShape(gptqSchema, json, file);
  const format = is_marlin_format ? 'marlin' : (checkpoint_format ?? 'gptq');
  if (bits !== 4 && bits !== 8) throw unsupported(file, `GPTQ of ${bits} bits`);
  if (format !== 'gptq' && format !== 'gptq_v2') throw unsupported(file, `GPTQ in the layout "${format}"`);
  return { method: 'gptq', bits, groupSize: sizeOf(group_size, file), zeroOffset: format === 'gptq' ? 1 : 0 };
}

function awqGrouping(json: unknown, file: string): Grouping {
  const { bits, group_size, version, zero_point } = parseShape(awqSchema, json, file);
  const layout = (version ?? 'gemm').toLowerCase();
  if (bits !== 4) throw unsupported(file, `AWQ of ${bits} bits`);
  if (layout !== 'gemm') throw unsupported(file, `AWQ in the layout "${layout}"`);
  if (zero_point === false) throw unsupported(file, 'AWQ without zero points');
  return { method: 'awq', bits, groupSize: sizeOf(group_size, file), zeroOffset: 0 };
}

function sizeOf(size: number, file: string): number | undefined {
  if (size === -1) return undefined;
  if (size >= 1) return size;
  throw new FerrumError('InvalidFormat', `${file}: group_size is ${size}; expected -1 or a positive number.`);
}

function unsupported(file: string, what: string): FerrumError {
  return new FerrumError(
    'Unsupported',
    `${file}: the model is ${what}, which Ferrum cannot read. It reads GPTQ of 4 or 8 bits (checkpoint_format gptq or gptq_v2), ` +
      'AWQ of 4 bits (version gemm), unquantised safetensors and GGUF; use one of these.',
    { details: { file, quantization: what } },
  );
}
