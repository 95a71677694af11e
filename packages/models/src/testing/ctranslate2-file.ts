/** One variable of a file to be made. */
export interface TestVariable {
  readonly name: string;
  readonly dims: readonly number[];
  /** Number of the data type; before version 4 the size of an item. */
  readonly code: number;
  readonly data: Uint8Array;
  /** In place of the size that the data has: in bytes, before version 4 in items. */
  readonly size?: number;
}

export interface TestFile {
  /** Default 6. */
  readonly version?: number;
  /** Default `WhisperSpec`. */
  readonly spec?: string;
  readonly variables: readonly TestVariable[];
  /** Alias and target; before version 3 none can be written. */
  readonly aliases?: readonly (readonly [string, string])[];
  /** In place of the true number of variables. */
  readonly count?: number;
}

/** Writes a file as CTranslate2's `ModelSpec._serialize` does, and for versions 2 to 5 as its `Model::load` reads them. */
export function ctranslate2File(file: TestFile): Buffer<ArrayBuffer> {
  const { version = 6, spec = 'WhisperSpec', variables, aliases = [], count = variables.length } = file;
  const parts = [u32(version), text(spec), u32(3), u32(count)];
  for (const { name, dims, code, data, size = version >= 4 ? data.length : data.length / code } of variables) {
    parts.push(text(name), Buffer.from([dims.length]), ...dims.map(u32), Buffer.from([code]), u32(size));
    parts.push(Buffer.from(data));
  }
  if (version >= 3) {
    parts.push(u32(aliases.length));
    for (const [alias, target] of aliases) parts.push(text(alias), text(target));
  }
  return Buffer.concat(parts);
}

export function floats(...values: number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(`${value}\0`);
  const length = Buffer.alloc(2);
  length.writeUInt16LE(bytes.length);
  return Buffer.concat([length, bytes]);
}
