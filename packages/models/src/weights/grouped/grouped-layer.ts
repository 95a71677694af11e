import { FerrumError } from '@ferrum/registry/errors';
import { dequantize } from '../dequantize.js';
import type { TensorInfo, WeightFile } from '../weight-file.js';
import { blockLayouts, type GroupType } from '../weight-type.js';
import type { Grouping } from './grouping.js';
import { unpackColumns, unpackRows, wordsOf } from './unpack-words.js';

/** A layer of a GPTQ or AWQ file, [outputs, inputs], by the tensors that it is stored in. */
export interface GroupedLayer {
  /** `X` of `X.qweight`. */
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  /** Number of groups. */
  readonly groups: number;
  readonly isSymmetric: boolean;
  /** Which input each stored column is for, so that a group's columns are neighbours; undefined: they are already. */
  readonly columnOrder: Int32Array | undefined;
  readonly type: GroupType;
}

/**
 * Reads what a layer is like; its weights stay on disk.
 * @throws FerrumError `InvalidFormat` for tensors that are missing or do not fit together, `Unsupported` for groups of unequal
 * or odd sizes.
 */
export async function inspectGroupedLayer(file: WeightFile, name: string, grouping: Grouping): Promise<GroupedLayer> {
  const { bits, method } = grouping;
  const perWord = 32 / bits;
  const [rows, columns] = matrix(file, `${name}.qweight`, ['I32', 'U32']).dims as readonly [number, number];
  const [inputs, outputs] = method === 'gptq' ? [rows * perWord, columns] : [rows, columns * perWord];
  const [groups, width] = matrix(file, `${name}.scales`, ['F16', 'BF16', 'F32']).dims as readonly [number, number];
  const zeros = matrix(file, `${name}.qzeros`, ['I32', 'U32']);
  const expected = Math.ceil(inputs / (grouping.groupSize ?? inputs));
  if (groups !== expected || width !== outputs || zeros.dims[0] !== groups || zeros.dims[1] !== outputs / perWord) {
    throw damaged(
      `${name}.scales`,
      `has shape [${groups}, ${width}], and qzeros [${zeros.dims.join(', ')}]; a layer of ${inputs} inputs and ${outputs} outputs ` +
        `of ${bits} bits in groups of ${grouping.groupSize ?? inputs} has [${expected}, ${outputs}] and [${expected}, ${outputs / perWord}]`,
    );
  }
  const size = inputs / groups;
  const blockSize = [128, 64, 32, 16].find((block) => size % block === 0);
  if (blockSize === undefined) {
    throw new FerrumError(
      'Unsupported',
      `Layer "${name}" has ${inputs} inputs in ${groups} groups; Ferrum reads groups of a multiple of 16 inputs.`,
      { details: { tensor: `${name}.qweight`, inputs, groups } },
    );
  }
  const zeroPoints = await readZeroPoints(file, name, grouping);
  const isSymmetric = zeroPoints.every((zero) => zero === 2 ** (bits - 1));
  return {
    name,
    inputs,
    outputs,
    groups,
    isSymmetric,
    columnOrder: await readColumnOrder(file, name, inputs, groups),
    type: `${isSymmetric ? 'S' : 'U'}${bits}_${blockSize as 16 | 32 | 64 | 128}`,
  };
}

/** The layer's rows as blocks of its `GroupType`, in stored column order. */
export async function readGroupedLayer(
  file: WeightFile,
  { name, inputs, outputs, groups, columnOrder, isSymmetric, type }: GroupedLayer,
  grouping: Grouping,
): Promise<Uint8Array<ArrayBuffer>> {
  const { bits, method } = grouping;
  const words = wordsOf(await file.read(`${name}.qweight`));
  const quants = method === 'gptq' ? unpackRows(words, bits, outputs) : unpackColumns(words, bits, 'awq');
  const zeroPoints = await readZeroPoints(file, name, grouping);
  const stored = file.tensors.get(`${name}.scales`) as TensorInfo;
  const scales = dequantize(stored.type, await file.read(stored.name));
  if (!scales.every(Number.isFinite)) throw damaged(stored.name, 'holds a scale that is no finite number');
  const { blockSize, blockBytes } = blockLayouts[type];
  const headBytes = isSymmetric ? 4 : 8;
  const bytes = new Uint8Array((outputs * inputs * blockBytes) / blockSize);
  const view = new DataView(bytes.buffer);
  for (let output = 0, at = 0; output < outputs; output++) {
    for (let first = 0; first < inputs; first += blockSize, at += blockBytes) {
      const group = Math.floor((first * groups) / inputs) * outputs + output;
      const scale = scales[group] as number;
      view.setFloat32(at, scale, true);
      // A zero of 0 × scale is 0, not −0.
      if (!isSymmetric) view.setFloat32(at + 4, 0 - scale * (zeroPoints[group] as number), true);
      for (let i = 0; i < blockSize; i++) {
        const input = columnOrder ? (columnOrder[first + i] as number) : first + i;
        const quant = quants[input * outputs + output] as number;
        const to = at + headBytes + (bits === 8 ? i : i >> 1);
        bytes[to] = bits === 8 || i % 2 === 0 ? quant : (bytes[to] as number) | (quant << 4);
      }
    }
  }
  return bytes;
}

/** [groups, outputs]. Of GPTQ's first version they may be 2^bits: one is added after unpacking. */
async function readZeroPoints(file: WeightFile, name: string, grouping: Grouping): Promise<Uint16Array> {
  const { bits, method, zeroOffset } = grouping;
  const words = wordsOf(await file.read(`${name}.qzeros`));
  const stored = unpackColumns(words, bits, method === 'awq' ? 'awq' : 'plain');
  return Uint16Array.from(stored, (zero) => zero + zeroOffset);
}

/** Inputs sorted by their group (`g_idx`), if they are not. */
async function readColumnOrder(
  file: WeightFile,
  name: string,
  inputs: number,
  groups: number,
): Promise<Int32Array | undefined> {
  const tensor = file.tensors.get(`${name}.g_idx`);
  if (!tensor) return undefined;
  if (tensor.type !== 'I32' || tensor.dims.length !== 1 || tensor.dims[0] !== inputs) {
    throw damaged(tensor.name, `is ${tensor.type} [${tensor.dims.join(', ')}]; expected I32 [${inputs}]`);
  }
  const groupOf = Int32Array.from(wordsOf(await file.read(tensor.name)));
  const counts = new Int32Array(groups);
  for (const group of groupOf) {
    if (group < 0 || group >= groups) throw damaged(tensor.name, `names group ${group} of ${groups}`);
    counts[group] = (counts[group] as number) + 1;
  }
  if (counts.some((count) => count !== inputs / groups)) {
    throw new FerrumError(
      'Unsupported',
      `Tensor "${tensor.name}" has groups of unequal sizes, which Ferrum cannot read.`,
      {
        details: { tensor: tensor.name },
      },
    );
  }
  const order = Int32Array.from(groupOf.keys()).sort(
    (a, b) => (groupOf[a] as number) - (groupOf[b] as number) || a - b,
  );
  return order.every((input, column) => input === column) ? undefined : order;
}

function matrix(file: WeightFile, name: string, types: readonly string[]): TensorInfo {
  const tensor = file.tensors.get(name);
  if (!tensor) throw new FerrumError('InvalidFormat', `The model lacks the tensor "${name}"; the file is incomplete.`);
  if (tensor.dims.length === 2 && !tensor.dims.includes(0) && types.includes(tensor.type)) return tensor;
  throw damaged(name, `is ${tensor.type} [${tensor.dims.join(', ')}]; expected a matrix of ${types.join(' or ')}`);
}

function damaged(tensor: string, problem: string): FerrumError {
  return new FerrumError('InvalidFormat', `Tensor "${tensor}" ${problem}. The file is damaged, or of another format.`, {
    details: { tensor },
  });
}
