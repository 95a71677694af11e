import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { FerrumError } from '@ferrum/registry/errors';
import { InvalidArgumentError } from 'commander';

/** Paths of adapters by name. */
export type AdapterFlags = Readonly<Record<string, string>>;

/** `NAME=PATH`, several times. @throws InvalidArgumentError for what is none, and for a name that is given twice. */
export function collectAdapters(text: string, earlier: AdapterFlags = {}): AdapterFlags {
  const [, name, path] = /^([A-Za-z0-9_.-]{1,128})=(.+)$/s.exec(text) ?? [];
  if (name === undefined || path === undefined || /^\.+$/.test(name) || name === '__proto__') {
    throw new InvalidArgumentError('It is to be NAME=PATH; a name has letters, digits, "_", "." and "-".');
  }
  if (Object.hasOwn(earlier, name)) throw new InvalidArgumentError(`There are two adapters called ${name}.`);
  return { ...earlier, [name]: path };
}

/**
 * That they are there, before a model is opened for them.
 *
 * @param whereIs How one was given, for messages.
 * @throws FerrumError `InvalidParameter` for a path that leads nowhere, and for a folder that is no PEFT adapter.
 */
export async function requireAdapters(
  adapters: AdapterFlags,
  workingDirectory: string,
  whereIs = (name: string, path: string) => `--lora ${name}=${path}`,
): Promise<void> {
  for (const [name, path] of Object.entries(adapters)) {
    const problem = await problemOf(resolve(workingDirectory, path));
    if (problem === undefined) continue;
    const message = `${whereIs(name, path)}: ${problem}. Name a PEFT folder or a GGUF file.`;
    throw new FerrumError('InvalidParameter', message, { details: { parameter: 'lora', path } });
  }
}

async function problemOf(location: string): Promise<string | undefined> {
  const found = await statOf(location);
  if (!found) return 'there is no such file or folder';
  const isAdapter = !found.isDirectory() || (await statOf(join(location, 'adapter_config.json')));
  return isAdapter ? undefined : 'that folder has no adapter_config.json';
}

function statOf(path: string) {
  return stat(path).catch(() => undefined);
}
