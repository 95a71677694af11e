import type { ImageSize } from '@ferrum/images';

/** How many tiles an image is cut into; none where it is seen as a whole only. */
export interface TileGrid {
  readonly rows: number;
  readonly columns: number;
}

/** How an image becomes frames, each a square of so many pixels: the tiles row by row, and last the whole image. */
export interface FramePlan extends TileGrid {
  /** What the image is resized to first. */
  readonly fitted: ImageSize;
  /** What it is resized to then: whole tiles, or the one frame. */
  readonly tiled: ImageSize;
}

/** Frames of an image: its tiles and itself. */
export function framesOf({ rows, columns }: TileGrid): number {
  return rows * columns + 1;
}

/** No edge gets longer, whatever the configuration says. */
const longestEdge = 4096;

/**
 * As the image processors of SmolVLM and Idefics 3 in `transformers` do it, rounding included.
 * @param edge what the longer edge is brought to, in pixels
 * @param frame the side of a frame
 * @param splits whether the image is cut into tiles
 */
export function planFrames(image: ImageSize, edge: number, frame: number, splits: boolean): FramePlan {
  const fitted = below(fit(image, edge), longestEdge);
  const tiled = splits ? wholeTiles(fitted, frame) : { width: frame, height: frame };
  const isOne = tiled.width <= frame && tiled.height <= frame;
  return {
    fitted,
    tiled,
    rows: isOne ? 0 : tiled.height / frame,
    columns: isOne ? 0 : tiled.width / frame,
  };
}

function fit({ width, height }: ImageSize, edge: number): ImageSize {
  const aspect = width / height;
  if (width >= height) return { width: edge, height: Math.max(1, even(Math.trunc(edge / aspect))) };
  return { width: Math.max(1, even(Math.trunc(edge * aspect))), height: edge };
}

function even(size: number): number {
  return size + (size % 2);
}

function below({ width, height }: ImageSize, most: number): ImageSize {
  const aspect = width / height;
  if (width >= height && width > most) return { width: most, height: Math.max(1, Math.trunc(most / aspect)) };
  if (height > width && height > most) return { width: Math.max(1, Math.trunc(most * aspect)), height: most };
  return { width, height };
}

function wholeTiles({ width, height }: ImageSize, frame: number): ImageSize {
  const aspect = width / height;
  const up = (size: number): number => Math.max(1, Math.ceil(size / frame)) * frame;
  if (width >= height) return { width: up(width), height: up(Math.trunc(up(width) / aspect)) };
  return { width: up(Math.trunc(up(height) * aspect)), height: up(height) };
}
