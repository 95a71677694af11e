import { Tensor } from '@ferrum/onnx';
import { type PoolingMode, writePoolingWeights } from '../architecture/pooling.js';

/** A text as a model reads it. */
export interface TextInput {
  readonly ids: readonly number[];
  /** Of each token, where the model tells types apart. */
  readonly types?: readonly number[];
  /** Tokens before it are not pooled. */
  readonly pooledFrom: number;
}

export function longest(texts: readonly TextInput[]): number {
  return Math.max(...texts.map(({ ids }) => ids.length));
}

/** int64 [batch, tokens]; what a text is short of is filled up. */
export function paddedTensor(
  texts: readonly TextInput[],
  valuesOf: (text: TextInput) => Iterable<number>,
  filler: number,
): Tensor {
  const tokens = longest(texts);
  const data = new BigInt64Array(texts.length * tokens);
  if (filler !== 0) data.fill(BigInt(filler));
  for (const [row, text] of texts.entries()) {
    let at = row * tokens;
    for (const value of valuesOf(text)) data[at++] = BigInt(value);
  }
  return Tensor.from('int64', [texts.length, tokens], data);
}

/** int32 [batch]: tokens of each text. */
export function lengthsTensor(texts: readonly TextInput[]): Tensor {
  return Tensor.from(
    'int32',
    [texts.length],
    Int32Array.from(texts, ({ ids }) => ids.length),
  );
}

/** float32 [batch, modes, tokens]: how much each token counts. */
export function poolingTensor(texts: readonly TextInput[], modes: readonly PoolingMode[]): Tensor {
  const tokens = longest(texts);
  const weights = new Float32Array(texts.length * modes.length * tokens);
  for (const [row, { ids, pooledFrom: from }] of texts.entries()) {
    for (const [index, mode] of modes.entries()) {
      const start = (row * modes.length + index) * tokens;
      writePoolingWeights(weights.subarray(start, start + tokens), mode, { length: ids.length, from });
    }
  }
  return Tensor.from('float32', [texts.length, modes.length, tokens], weights);
}

/** Copies the rows of a [batch, width] output, whose memory then goes back. */
export function takeRows(output: Tensor, batch: number): readonly Float32Array[] {
  const values = output.data as Float32Array;
  const width = values.length / batch;
  const rows = Array.from({ length: batch }, (_, row) => values.slice(row * width, (row + 1) * width));
  output.dispose();
  return rows;
}
