import { pixelValues, type Raster, resample } from '@ferrum/images';
import type { TurnTaker } from '@ferrum/registry/concurrency';
import type { FramePlan } from './frame-plan.js';
import type { FrameSettings } from './frame-settings.js';

/** The frames of an image, one at a time: float32 [3, side, side], normalised. */
export async function* cutFrames(
  image: Raster,
  plan: FramePlan,
  side: number,
  { filter, scale, normalization }: FrameSettings,
  turns: TurnTaker,
): AsyncGenerator<Float32Array<ArrayBuffer>> {
  const { fitted, tiled, rows, columns } = plan;
  const resized = (picture: Raster, size: FramePlan['fitted']): Promise<Raster> =>
    resample(picture, size, filter, { left: 0, top: 0, ...size }, turns);
  // Two steps, each rounded to 8 bits, as the reference takes them.
  const whole = await resized(await resized(image, fitted), tiled);
  const tables = [0, 1, 2].map((channel) => pixelValues(scale, normalization, channel));
  const cut = ({ pixels, width }: Raster, left: number, top: number): Float32Array<ArrayBuffer> => {
    const frame = new Float32Array(3 * side * side);
    for (const [channel, table] of tables.entries()) {
      let at = channel * side * side;
      for (let y = 0; y < side; y++) {
        let from = ((top + y) * width + left) * 3 + channel;
        for (let x = 0; x < side; x++, from += 3) frame[at++] = table[pixels[from] as number] as number;
      }
    }
    return frame;
  };
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      yield cut(whole, column * side, row * side);
      const turn = turns.next();
      if (turn) await turn;
    }
  }
  yield cut(rows === 0 ? whole : await resized(whole, { width: side, height: side }), 0, 0);
}
