import type { TurnTaker } from '@ferrum/registry/concurrency';
import type { ImageSize } from './image-preprocessing.js';
import { type FilterKernel, filterKernels, type ResampleFilter } from './resample-filter.js';

/** Eight-bit pixels, row after row: [height, width, 3], red, green, blue. */
export interface Raster extends ImageSize {
  readonly pixels: Uint8Array;
}

/** A part of a picture; it lies within it. */
export interface Region extends ImageSize {
  readonly left: number;
  readonly top: number;
}

/**
 * The region of what Pillow's `resize` would make of the picture, bit for bit: columns, then rows, each by a filter that
 * is widened where the picture gets smaller, with weights in fixed point and rounding to 8 bits after each.
 */
export async function resample(
  picture: Raster,
  size: ImageSize,
  filter: ResampleFilter,
  region: Region,
  turns: TurnTaker,
): Promise<Raster> {
  const columns = { outputs: size.width, first: region.left, count: region.width };
  const rows = { outputs: size.height, first: region.top, count: region.height };
  const { width, height } = region;
  if (filter === 'nearest') {
    const pixels = takeNearest(picture, nearest(picture.width, columns), nearest(picture.height, rows));
    return { width, height, pixels };
  }
  const kernel = filterKernels[filter];
  const vertical = weigh(kernel, picture.height, rows);
  const narrow = await resampleColumns(picture, weigh(kernel, picture.width, columns), usedRows(vertical), turns);
  return { width, height, pixels: await resampleRows(narrow, width, vertical, turns) };
}

/** Consecutive outputs of one axis, of all `outputs` of it. */
interface AxisPart {
  readonly outputs: number;
  readonly first: number;
  readonly count: number;
}

/** Output `i` is the sum of `counts[i]` inputs from `starts[i]` on, by the weights from `i × stride` on. */
interface AxisWeights {
  readonly starts: Int32Array;
  readonly counts: Int32Array;
  /** In units of 2⁻²². */
  readonly weights: Int32Array;
  readonly stride: number;
}

/** 255 times a weight that rounds to 1, and what filters swing beyond it, still fit into 32 bits. */
const fractionBits = 22;
const half = 1 << (fractionBits - 1);

function weigh(kernel: FilterKernel, inputs: number, part: AxisPart): AxisWeights {
  const ratio = inputs / part.outputs;
  const widening = Math.max(1, ratio);
  const support = kernel.support * widening;
  const stride = Math.ceil(support) * 2 + 1;
  const starts = new Int32Array(part.count);
  const counts = new Int32Array(part.count);
  const weights = new Int32Array(part.count * stride);
  const exact = new Float64Array(stride);
  for (let index = 0; index < part.count; index++) {
    const middle = (part.first + index + 0.5) * ratio;
    const start = Math.max(0, Math.trunc(middle - support + 0.5));
    const count = Math.min(inputs, Math.trunc(middle + support + 0.5)) - start;
    let sum = 0;
    for (let tap = 0; tap < count; tap++) {
      const weight = kernel.weight((start + tap - middle + 0.5) * (1 / widening));
      exact[tap] = weight;
      sum += weight;
    }
    for (let tap = 0; tap < count; tap++) {
      const share = exact[tap]! / sum;
      weights[index * stride + tap] = Math.trunc(share * (1 << fractionBits) + (share < 0 ? -0.5 : 0.5));
    }
    starts[index] = start;
    counts[index] = count;
  }
  return { starts, counts, weights, stride };
}

/** The rows that a region needs. */
interface RowRange {
  readonly first: number;
  readonly count: number;
}

function usedRows({ starts, counts }: AxisWeights): RowRange {
  const first = starts[0]!;
  return { first, count: starts.at(-1)! + counts.at(-1)! - first };
}

/** Rows of the picture, the first of them being row `first` of it. */
interface NarrowRows {
  readonly first: number;
  readonly pixels: Uint8Array;
}

async function resampleColumns(
  picture: Raster,
  { starts, counts, weights, stride }: AxisWeights,
  rows: RowRange,
  turns: TurnTaker,
): Promise<NarrowRows> {
  const { pixels, width } = picture;
  const output = new Uint8ClampedArray(rows.count * starts.length * 3);
  let written = 0;
  for (let row = rows.first; row < rows.first + rows.count; row++) {
    const turn = turns.next();
    if (turn) await turn;
    for (let column = 0; column < starts.length; column++) {
      let at = (row * width + starts[column]!) * 3;
      const firstWeight = column * stride;
      const end = firstWeight + counts[column]!;
      let red = half;
      let green = half;
      let blue = half;
      for (let index = firstWeight; index < end; index++, at += 3) {
        const weight = weights[index]!;
        red = (red + Math.imul(weight, pixels[at]!)) | 0;
        green = (green + Math.imul(weight, pixels[at + 1]!)) | 0;
        blue = (blue + Math.imul(weight, pixels[at + 2]!)) | 0;
      }
      output[written++] = red >> fractionBits;
      output[written++] = green >> fractionBits;
      output[written++] = blue >> fractionBits;
    }
  }
  return { first: rows.first, pixels: new Uint8Array(output.buffer) };
}

async function resampleRows(
  { first, pixels }: NarrowRows,
  width: number,
  { starts, counts, weights, stride }: AxisWeights,
  turns: TurnTaker,
): Promise<Uint8Array> {
  const rowLength = width * 3;
  const output = new Uint8ClampedArray(starts.length * rowLength);
  const sums = new Int32Array(rowLength);
  for (let row = 0; row < starts.length; row++) {
    const turn = turns.next();
    if (turn) await turn;
    sums.fill(half);
    for (let tap = 0; tap < counts[row]!; tap++) {
      const weight = weights[row * stride + tap]!;
      const from = (starts[row]! + tap - first) * rowLength;
      for (let x = 0; x < rowLength; x++) sums[x] = sums[x]! + Math.imul(weight, pixels[from + x]!);
    }
    for (let x = 0; x < rowLength; x++) output[row * rowLength + x] = sums[x]! >> fractionBits;
  }
  return new Uint8Array(output.buffer);
}

/** The input under the middle of each output; added up step by step, as Pillow does, for the same rounding. */
function nearest(inputs: number, part: AxisPart): Int32Array {
  const ratio = inputs / part.outputs;
  const indices = new Int32Array(part.count);
  let position = ratio * 0.5;
  for (let output = 0; output < part.first + part.count; output++, position += ratio) {
    if (output >= part.first) indices[output - part.first] = Math.min(inputs - 1, Math.trunc(position));
  }
  return indices;
}

function takeNearest({ pixels, width }: Raster, columns: Int32Array, rows: Int32Array): Uint8Array {
  const output = new Uint8Array(rows.length * columns.length * 3);
  let written = 0;
  for (const row of rows) {
    for (const column of columns) {
      const at = (row * width + column) * 3;
      output[written++] = pixels[at]!;
      output[written++] = pixels[at + 1]!;
      output[written++] = pixels[at + 2]!;
    }
  }
  return output;
}
