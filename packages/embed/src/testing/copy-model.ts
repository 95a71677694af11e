import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** A model's folder that a test may spoil. */
export class ModelCopy {
  readonly location: string;

  constructor(original: string, folder: string) {
    this.location = mkdtempSync(path.join(folder, 'model-'));
    cpSync(original, this.location, { recursive: true });
  }

  path(name: string): string {
    return path.join(this.location, name);
  }

  /** Sets fields of a JSON file. */
  set(name: string, fields: Readonly<Record<string, unknown>>): this {
    const json: Record<string, unknown> = JSON.parse(readFileSync(this.path(name), 'utf8'));
    writeFileSync(this.path(name), JSON.stringify({ ...json, ...fields }));
    return this;
  }

  /** The tensor is there no more, under this name. */
  hideTensor(tensor: string, name = 'model.safetensors'): this {
    const bytes = readFileSync(this.path(name));
    const at = bytes.indexOf(JSON.stringify(tensor));
    if (at < 0) throw new Error(`${name} has no tensor ${tensor}`);
    bytes.write('~', at + 1);
    writeFileSync(this.path(name), bytes);
    return this;
  }

  /** The first value of a float32 tensor becomes NaN. */
  spoilTensor(tensor: string, name = 'model.safetensors'): this {
    const bytes = readFileSync(this.path(name));
    const headerBytes = Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.subarray(8, 8 + headerBytes).toString('utf8'));
    const { dtype, data_offsets: offsets } = header[tensor];
    if (dtype !== 'F32') throw new Error(`${tensor} is ${dtype}`);
    bytes.writeFloatLE(Number.NaN, 8 + headerBytes + offsets[0]);
    writeFileSync(this.path(name), bytes);
    return this;
  }
}
