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
