import { Tensor } from '@ferrum/onnx';
import type { DecoderConfig } from '../architecture/decoder-config.js';
import type { PromptImage } from './image-prompt.js';

/** Rows of a run that are pieces of images. */
export interface ImageRows {
  /** Tokens of the run. */
  readonly positions: readonly number[];
  /** float32 [positions, hiddenSize]. */
  readonly embeddings: Float32Array<ArrayBuffer>;
}

/** The inputs that the graph of a model that sees has besides, for a run of one sequence; none for other models. */
export function imageInputs(
  { vision, hiddenSize }: Pick<DecoderConfig, 'vision' | 'hiddenSize'>,
  images: ImageRows = { positions: [], embeddings: new Float32Array(0) },
): Record<string, Tensor> {
  if (!vision) return {};
  const { positions, embeddings } = images;
  const places = new BigInt64Array(2 * positions.length);
  for (const [index, position] of positions.entries()) places[2 * index + 1] = BigInt(position);
  return {
    image_positions: Tensor.from('int64', [positions.length, 2], places),
    image_embeddings: Tensor.from('float32', [positions.length, hiddenSize], embeddings),
  };
}

/** The rows of a run over `count` tokens of a prompt from `from` on; undefined where none is a piece of an image. */
export function imageRowsOf(images: readonly PromptImage[], from: number, count: number): ImageRows | undefined {
  const positions: number[] = [];
  const parts: Float32Array[] = [];
  for (const { positions: all, embeddings } of images) {
    const size = embeddings.length / all.length;
    const first = all.findIndex((position) => position >= from);
    const end = all.findLastIndex((position) => position < from + count) + 1;
    if (first < 0 || end <= first) continue;
    for (const position of all.slice(first, end)) positions.push(position - from);
    parts.push(embeddings.subarray(first * size, end * size));
  }
  if (positions.length === 0) return undefined;
  const embeddings = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    embeddings.set(part, at);
    at += part.length;
  }
  return { positions, embeddings };
}
