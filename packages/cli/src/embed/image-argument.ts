import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { FerrumError } from '@ferrum/registry/errors';
import type { EmbedImageInput } from './embed-inputs.js';

/** What `--image` names: a data URL, or a file that is there. @throws FerrumError `InvalidParameter` */
export async function readImageArgument(name: string, workingDirectory: string): Promise<EmbedImageInput> {
  if (/^data:/i.test(name)) return { name, location: name };
  const location = resolve(workingDirectory, name);
  const found = await stat(location).catch(() => undefined);
  if (found && !found.isDirectory()) return { name, location };
  throw new FerrumError(
    'InvalidParameter',
    `--image ${name}: ${found ? 'that is a folder' : 'there is no such file'}. Name an image file, or give a data URL.`,
    { details: { parameter: 'image', path: location } },
  );
}
