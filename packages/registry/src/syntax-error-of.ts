import { execFile } from 'node:child_process';
import { isAbsolute, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { FerrumError } from './errors.js';

export interface ImportedPlugin {
  /** What was imported. */
  readonly file: string;
  /** The folder of its package. */
  readonly folder: string;
  /** The name of its package. */
  readonly name: string;
}

/**
 * The error of a plugin that Node could not parse or link, with the file and the line. Undefined for anything else: what a
 * module throws while it runs has a stack that names it.
 */
export async function syntaxErrorOf(
  thrown: unknown,
  { file, folder, name }: ImportedPlugin,
): Promise<FerrumError | undefined> {
  if (!(thrown instanceof SyntaxError)) return undefined;
  const stack = String(thrown.stack);
  const frame = /\n {4}at ([^\n]*)/.exec(stack)?.[1] ?? '';
  // JSON.parse() or eval() of a module that runs.
  if (!frame.includes('node:internal/')) return undefined;
  const inPackage = (path: string): string => {
    const inside = relative(folder, path);
    return inside.startsWith('..') || isAbsolute(inside) ? path : join(name, inside).replaceAll(sep, '/');
  };
  const place = placeIn(stack.split('\n', 1)[0] ?? '') ?? (await placeByCheck(file));
  const where =
    place === undefined ? `${inPackage(file)} or a file that it imports` : `${inPackage(place.file)}:${place.line}`;
  return new FerrumError('Config', `Plugin ${name} failed to load: ${thrown.message} (${where})`, {
    cause: thrown,
    details: { plugin: name, ...place },
  });
}

interface Place {
  readonly file: string;
  readonly line: number;
}

/** Node writes FILE:LINE before the error, where it knows them. */
function placeIn(text: string): Place | undefined {
  const [, path, line] = /^(file:\/\/.+|\/.+|[A-Za-z]:\\.+):(\d+)$/m.exec(text) ?? [];
  if (path === undefined) return undefined;
  return { file: path.startsWith('file:') ? fileURLToPath(path) : path, line: Number(line) };
}

/** On Node 20 the stack of a module that cannot be parsed names no place; `node --check` parses without running anything. */
async function placeByCheck(file: string): Promise<Place | undefined> {
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
  try {
    await promisify(execFile)(process.execPath, ['--check', file], { env, timeout: 10_000 });
  } catch (error) {
    const { stderr }: { readonly stderr?: unknown } = Object(error);
    return placeIn(String(stderr));
  }
  return undefined;
}
