import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { FerrumError } from '@ferrum/registry/errors';
import { badRequest } from '../http/api-error.js';

const param = 'lora_path';

/**
 * The file or folder of an adapter inside the operator's folder, links followed.
 * @throws FerrumError `RequestValidation` for a path that leads out of the folder, or nowhere; `Config` where the folder is gone
 */
export async function adapterPath(directory: string, given: string): Promise<string> {
  if (path.isAbsolute(given) || path.win32.isAbsolute(given) || given.includes('\0')) {
    throw badRequest(param, `\`${param}\` is a path within the server's folder of adapters, e.g. "my-adapter".`);
  }
  const root = await realpath(directory).catch((cause: unknown) => {
    throw new FerrumError('Config', 'The folder of `adapterDirectory` cannot be read.', { cause });
  });
  // What is outside is not looked at: whether it exists is nobody's business.
  const wanted = path.resolve(root, given);
  if (!isWithin(root, wanted)) throw leadsOut();
  const found = await realpath(wanted).catch((cause: unknown) => {
    throw new FerrumError('NotFound', `There is no ${JSON.stringify(given)} in the server's folder of adapters.`, {
      cause,
      details: { apiParam: param },
    });
  });
  if (!isWithin(root, found)) throw leadsOut();
  return found;
}

function isWithin(root: string, file: string): boolean {
  const relative = path.relative(root, file);
  return relative !== '' && relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}

function leadsOut(): FerrumError {
  return badRequest(param, `\`${param}\` leads out of the server's folder of adapters.`);
}
