import { FerrumError } from '@ferrum/registry/errors';
import { quote } from '../invalid-format.js';
import type { ByteRange, TensorInfo, WeightFile } from '../weight-file.js';
import { tensorByteLength } from '../weight-type.js';
import { type GroupedLayer, inspectGroupedLayer, readGroupedLayer } from './grouped-layer.js';
import type { Grouping } from './grouping.js';

const packed = '.qweight';
const partsOfLayer = ['.qweight', '.qzeros', '.scales', '.g_idx'];

/**
 * A GPTQ or AWQ file as one whose layers are ordinary tensors: `X.qweight`, `X.qzeros`, `X.scales` and `X.g_idx` become
 * `X.weight` [outputs, inputs] of a `GroupType`, with exactly the values scale · (quant − zero point) (Frantar et al. 2022,
 * "GPTQ"; Lin et al. 2023, "AWQ"; the layouts of AutoGPTQ and AutoAWQ). Other tensors stay. Closing it closes `file`.
 * @throws FerrumError `InvalidFormat` for tensors that do not fit together, `Unsupported` for groups of unequal or odd sizes.
 */
export async function ungroupWeights(file: WeightFile, grouping: Grouping): Promise<WeightFile> {
  const names = [...file.tensors.keys()]
    .filter((name) => name.endsWith(packed))
    .map((name) => name.slice(0, -packed.length));
  const layers = new Map<string, GroupedLayer>();
  const hidden = new Set<string>();
  for (const name of names) {
    layers.set(`${name}.weight`, await inspectGroupedLayer(file, name, grouping));
    for (const part of partsOfLayer) hidden.add(name + part);
  }
  const tensors = new Map<string, TensorInfo>();
  for (const [name, tensor] of file.tensors) {
    if (!hidden.has(name)) tensors.set(name, tensor);
  }
  for (const [name, layer] of layers) tensors.set(name, infoOf(file, name, layer));

  // Rows are asked for in pieces, one layer after the other; a layer is stored by columns, so it is unpacked whole.
  let latest: { readonly name: string; readonly bytes: Promise<Uint8Array<ArrayBuffer>> } | undefined;
  async function read(name: string, range?: ByteRange): Promise<Uint8Array<ArrayBuffer>> {
    const layer = layers.get(name);
    if (!layer) {
      if (!hidden.has(name)) return file.read(name, range);
      throw new FerrumError('NotFound', `${quote(name)} is part of a layer; read the layer's weight instead.`);
    }
    if (latest?.name !== name) latest = { name, bytes: readGroupedLayer(file, layer, grouping) };
    const bytes = await latest.bytes;
    const { start, end } = range ?? { start: 0, end: bytes.length };
    const isWithin = Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && start <= end;
    if (!isWithin || end > bytes.length) {
      throw new FerrumError(
        'InvalidParameter',
        `Range ${start}–${end} does not lie within the ${bytes.length} bytes of tensor ${quote(name)}.`,
        { details: { tensor: name, byteLength: bytes.length } },
      );
    }
    return bytes.slice(start, end);
  }

  const close = (): Promise<void> => file.close();
  return { format: file.format, metadata: file.metadata, tensors, read, close, [Symbol.asyncDispose]: close };
}

function infoOf(file: WeightFile, name: string, layer: GroupedLayer): TensorInfo {
  if (file.tensors.has(name)) {
    throw new FerrumError('InvalidFormat', `The model holds both "${name}" and "${layer.name}${packed}".`);
  }
  const { type, outputs, inputs, columnOrder } = layer;
  const source = file.tensors.get(layer.name + packed) as TensorInfo;
  const dims = [outputs, inputs];
  return {
    name,
    type,
    dims,
    offset: source.offset,
    byteLength: tensorByteLength(type, dims) ?? 0,
    file: source.file,
    ...(columnOrder ? { columnOrder } : {}),
  };
}
