import { FerrumError } from '@ferrum/registry/errors';
import { invalid } from '../engine/invalid.js';
import type { TileGrid } from './frame-plan.js';
import type { EncodedImage } from './image-encoder.js';

/** What a chat template writes for an image, and what stands for each piece of one. */
export const imageMark = '<image>';
const around = '<fake_token_around_image>';
const whole = '<global-img>';

/**
 * Writes out what stands for images in a rendered conversation, as the processors of SmolVLM and Idefics 3 do: each tile with its
 * place, then the whole image.
 * @param grids of the images, in the order of the text
 * @param tokens of a frame
 * @throws FerrumError `RequestValidation` where the text has another number of images: a message wrote `<image>`, or the
 * template leaves images out
 */
export function writeImages(text: string, grids: readonly TileGrid[], tokens: number): string {
  const pieces = text.split(imageMark);
  if (pieces.length - 1 !== grids.length) {
    throw invalid(
      `\`messages\`: the conversation has ${grids.length} images, but as the model reads it ${pieces.length - 1} places for ` +
        `one; leave "${imageMark}" out of texts, which stands for an image, and images out of messages whose role has none`,
      'messages',
    );
  }
  return pieces.map((piece, index) => piece + textOf(grids[index], tokens)).join('');
}

function textOf(grid: TileGrid | undefined, tokens: number): string {
  if (!grid) return '';
  const { rows, columns } = grid;
  const pieces = imageMark.repeat(tokens);
  const overview = `${around}${whole}${pieces}${around}`;
  if (rows === 0) return overview;
  const lines = Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, column) => `${around}<row_${row + 1}_col_${column + 1}>${pieces}`).join(''),
  );
  return `${lines.join('\n')}\n\n${overview}`;
}

/** An image in a prompt. */
export interface PromptImage extends Pick<EncodedImage, 'digest' | 'embeddings'> {
  /** Where its pieces are among the prompt's tokens, in their order. */
  readonly positions: readonly number[];
}

/** @throws FerrumError `InvalidFormat` where the tokenizer does not know the model's token for images. */
export function findImages(
  tokens: readonly number[],
  imageToken: number,
  hiddenSize: number,
  images: readonly EncodedImage[],
): readonly PromptImage[] {
  const places = tokens.flatMap((token, index) => (token === imageToken ? [index] : []));
  let from = 0;
  const spans = images.map(({ digest, embeddings }) => {
    const count = embeddings.length / hiddenSize;
    from += count;
    return { digest, embeddings, positions: places.slice(from - count, from) };
  });
  if (from === places.length) return spans;
  throw new FerrumError(
    'InvalidFormat',
    `The tokenizer gave ${places.length} tokens ${imageToken} for images that take ${from}; tokenizer and model do not ` +
      'belong together.',
    { details: { token: imageToken } },
  );
}
