import type { WeightType } from '@ferrum/models';
import type { TestTensor } from './test-tensor.js';

export type GgufValue = string | number | readonly string[];

/** A GGUF file of version 3 (docs/gguf.md of ggml). Whole numbers become uint32, others float32. */
export function ggufBytes(
  metadata: Readonly<Record<string, GgufValue>>,
  tensors: Readonly<Record<string, TestTensor>>,
): Buffer {
  const header: Buffer[] = [];
  const data: Buffer[] = [];
  let offset = 0;
  for (const [key, value] of Object.entries(metadata)) header.push(text(key), typed(value));
  for (const [name, { type, dims, bytes }] of Object.entries(tensors)) {
    header.push(text(name), u32(dims.length), ...[...dims].reverse().map(u64), u32(typeId(type)), u64(offset));
    const padded = Buffer.concat([bytes, padding(bytes.length)]);
    data.push(padded);
    offset += padded.length;
  }
  const counts = [u64(Object.keys(tensors).length), u64(Object.keys(metadata).length)];
  const head = Buffer.concat([Buffer.from('GGUF'), u32(3), ...counts, ...header]);
  return Buffer.concat([head, padding(head.length), ...data]);
}

const typeIds: Partial<Record<WeightType, number>> = { F32: 0, F16: 1, Q4_0: 2, Q4_1: 3 };

function typeId(type: WeightType): number {
  const id = typeIds[type];
  if (id === undefined) throw new Error(`the test writer does not know ${type}`);
  return id;
}

function typed(value: GgufValue): Buffer {
  if (typeof value === 'string') return Buffer.concat([u32(8), text(value)]);
  if (typeof value === 'number') return Number.isInteger(value) ? Buffer.concat([u32(4), u32(value)]) : f32(value);
  return Buffer.concat([u32(9), u32(8), u64(value.length), ...value.map(text)]);
}

function f32(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(6);
  bytes.writeFloatLE(value, 4);
  return bytes;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([u64(bytes.length), bytes]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function padding(length: number): Buffer {
  return Buffer.alloc((32 - (length % 32)) % 32);
}
