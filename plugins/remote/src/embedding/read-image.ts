import { readFile } from 'node:fs/promises';
import type { ImageInput } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';

/**
 * The image as a data URL.
 * @throws FerrumError `InvalidParameter`, `NotFound`, `IO`, `InvalidFormat`
 */
export async function toDataUrl(image: ImageInput): Promise<string> {
  if (image instanceof Uint8Array) return dataUrl(image);
  if (typeof image !== 'string' || image === '') {
    throw new FerrumError('InvalidParameter', 'image must be bytes, a data: URL, a path, or base64.', {
      details: { parameter: 'image' },
    });
  }
  if (image.startsWith('data:')) return image;
  const file = await readFile(image).catch((error: NodeJS.ErrnoException) => {
    // Base64 has no file; one that is long no name either.
    if (['ENOENT', 'ENAMETOOLONG', 'ENOTDIR'].includes(error.code ?? '')) return undefined;
    throw new FerrumError('IO', `The image ${image} could not be read: ${error.message}`, { cause: error });
  });
  if (file !== undefined) return dataUrl(file);
  if (/^[A-Za-z0-9+/\s]+={0,2}$/.test(image) && image.length >= 64)
    return `data:;base64,${image.replaceAll(/\s/g, '')}`;
  throw new FerrumError('NotFound', `There is no image ${image.slice(0, 200)}.`, { details: { parameter: 'image' } });
}

function dataUrl(bytes: Uint8Array): string {
  if (bytes.length === 0) throw new FerrumError('InvalidFormat', 'The image has no bytes.');
  return `data:;base64,${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')}`;
}
