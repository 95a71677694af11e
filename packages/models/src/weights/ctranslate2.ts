import { FerrumError } from '@ferrum/registry/errors';
import { readAliases, readCtranslate2String, readVariables, type Variable } from './ctranslate2-variables.js';
import { HeaderReader } from './header-reader.js';
import { quote } from './invalid-format.js';
import { maxCtranslate2HeaderBytes } from './limits.js';
import { SourceFile } from './source-file.js';
import { createWeightFile, type MetadataValue, type TensorInfo, type WeightFile } from './weight-file.js';

/**
 * Opens the `model.bin` of a CTranslate2 folder, container version 2 to 6 (`Model::load` in src/models/model.cc of
 * CTranslate2). Only what describes the tensors is read; they stay on disk.
 *
 * Scalars, such as `decoder/num_heads`, are metadata under their own names, beside `ctranslate2.spec_name`,
 * `ctranslate2.spec_revision` and `ctranslate2.binary_version`. Integer weights name the tensor of their `scale`, and an
 * alias is a tensor of its own over the bytes of its `aliasOf`.
 * @throws FerrumError `NotFound`, `InvalidFormat` (a damaged file or one of another kind), `Unsupported` (another version),
 * `PermissionDenied`, `IO`.
 */
export async function openCtranslate2(path: string): Promise<WeightFile> {
  const source = await SourceFile.open(path);
  try {
    const { metadata, tensors } = await readFile(source);
    return createWeightFile('ctranslate2', metadata, tensors, [source]);
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** What every file of the format begins with, whatever its version: of the first 64 bytes at least, or all. */
export function startsLikeCtranslate2(head: Uint8Array<ArrayBuffer>): boolean {
  const view = new DataView(head.buffer);
  if (head.length < 8 || view.getUint32(0, true) > greatestVersion) return false;
  const nameBytes = view.getUint16(4, true);
  if (nameBytes < 2 || 6 + nameBytes > head.length) return false;
  const name = String.fromCharCode(...head.subarray(6, 6 + nameBytes));
  return /^[A-Za-z]\w*\0$/.test(name);
}

/** Beyond this a number at the start of a file is no version at all. */
const greatestVersion = 255;

interface Contents {
  readonly metadata: ReadonlyMap<string, MetadataValue>;
  readonly tensors: ReadonlyMap<string, TensorInfo>;
}

async function readFile(source: SourceFile): Promise<Contents> {
  const reader = new HeaderReader(source, maxCtranslate2HeaderBytes);
  await reader.need(4, 'the binary version');
  const version = reader.u32();
  checkVersion(version, reader, source.path);
  const spec = await readCtranslate2String(reader, 'the name of the specification');
  await reader.need(4, 'the revision of the specification');
  const revision = reader.u32();
  const variables = await readVariables(reader, version);
  const metadata = new Map<string, MetadataValue>([
    ['ctranslate2.binary_version', version],
    ['ctranslate2.spec_name', spec],
    ['ctranslate2.spec_revision', revision],
  ]);
  const tensors = new Map<string, TensorInfo>();
  for (const variable of variables.values()) {
    if (variable.value !== undefined && !isScale(variable.name, variables)) metadata.set(variable.name, variable.value);
    else tensors.set(variable.name, toTensor(variable, variables, reader));
  }
  if (version >= 3) {
    for (const { alias, target } of await readAliases(reader, new Set(variables.keys()))) {
      const tensor = tensors.get(target);
      if (!tensor) throw reader.invalid(`the alias ${quote(alias)} of ${quote(target)}`, 'an alias of a tensor');
      tensors.set(alias, { ...tensor, name: alias, aliasOf: tensor.aliasOf ?? target });
    }
  }
  if (reader.bytesLeft > 0) throw reader.invalid(`${reader.bytesLeft} more bytes`, 'the end of the file');
  return { metadata, tensors };
}

function checkVersion(version: number, reader: HeaderReader, path: string): void {
  if (version >= 2 && version <= 6) return;
  if (version === 0 || version > greatestVersion) {
    throw reader.invalid(`the number ${version}`, 'the binary version of a CTranslate2 model, 2 to 6', 0);
  }
  const advice = version > 6 ? 'A later CTranslate2 made it: ' : '';
  throw new FerrumError(
    'Unsupported',
    `${path} is a CTranslate2 file of binary version ${version}; Ferrum reads 2 to 6. ${advice}Convert the model again with CTranslate2 4.`,
    { details: { file: path, version } },
  );
}

const scaleSuffix = '_scale';

/** Whether a variable holds what the values of another one are divided by. */
function isScale(name: string, variables: ReadonlyMap<string, Variable>): boolean {
  if (!name.endsWith(scaleSuffix)) return false;
  const scaled = variables.get(name.slice(0, -scaleSuffix.length));
  return scaled !== undefined && isScaled(scaled);
}

/** Integers are weights where their name says so; a string of the specification is stored as int8 too. */
function isScaled({ name, type, dims }: Variable): boolean {
  return (type === 'I8' || type === 'I16') && dims.length > 0 && name.endsWith('weight');
}

function toTensor(variable: Variable, variables: ReadonlyMap<string, Variable>, reader: HeaderReader): TensorInfo {
  const { name, type, dims, offset, byteLength } = variable;
  const tensor = { name, type, dims, offset, byteLength, file: reader.path };
  if (!isScaled(variable)) return tensor;
  const scale = variables.get(`${name}${scaleSuffix}`);
  if (scale?.type !== 'F32' || !fitsRows(scale.dims, dims)) {
    const found = scale ? `${scale.type} [${scale.dims.join(', ')}]` : 'nothing';
    throw reader.invalid(
      `${found} as the scale of ${quote(name)}, ${type} [${dims.join(', ')}]`,
      `F32, one number or one for each of the ${dims[0]} rows`,
      variable.entryOffset,
    );
  }
  return { ...tensor, scale: scale.name };
}

function fitsRows(scale: readonly number[], [rows]: readonly number[]): boolean {
  return scale.length === 0 || (scale.length === 1 && (scale[0] === rows || scale[0] === 1));
}
