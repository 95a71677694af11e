import { tmpdir } from 'node:os';
import { FerrumError } from '@ferrum/registry/errors';
import type { CommandContext } from '../context.js';
import { writeJsonLine } from '../output/json-line.js';
import { formatTable } from '../output/table.js';
import { cleanForTerminal } from '../output/terminal-text.js';
import { runNpm } from '../plugins/npm.js';

/** What declares a package a plugin, beside the field in its package.json. */
const keyword = 'ferrum-plugin';

/** `ferrum plugins search`: asks the registry that the user's npm is set up for. */
export async function searchPlugins(
  words: readonly string[],
  flags: { readonly json?: true },
  context: CommandContext,
): Promise<void> {
  const { environment, stdout, stderr } = context;
  if ((await environment.openStore({ offline: false })).offline) {
    throw new FerrumError('Network', 'FERRUM_OFFLINE forbids the network, which a search needs. Unset it for this.');
  }
  const found = packagesOf(await search(words, context));
  if (flags.json) {
    for (const entry of found) await writeJsonLine(stdout, entry);
    return;
  }
  if (found.length === 0) {
    await stderr.writeLine(
      `The registry knows no package with the keyword ${keyword}${words.length > 0 ? ' for these words' : ''}.`,
    );
    return;
  }
  const rows = found.map(({ name, version, description }) => [name, version, description ?? '']);
  await stdout.writeLine(formatTable([['PLUGIN', 'VERSION', 'DESCRIPTION'], ...rows]));
}

async function search(words: readonly string[], { environment, signal }: CommandContext): Promise<unknown> {
  try {
    return await runNpm({
      arguments: ['search', '--searchlimit', '100', '--', `keywords:${keyword}`, ...words],
      // No project, whose .npmrc would count.
      folder: tmpdir(),
      variables: environment.variables,
      signal,
      doing: 'search for plugins',
    });
  } catch (error) {
    if (!FerrumError.isInstance(error) || error.details.npmCode !== 'E404') throw error;
    throw new FerrumError(
      'Unsupported',
      'The registry that npm is set up for has no search (it answers 404). "ferrum plugins add NAME" works all the same.',
      { cause: error },
    );
  }
}

interface FoundPackage {
  readonly name: string;
  readonly version: string;
  readonly description?: string;
}

/** Some registries take no notice of `keywords:`, so what has keywords must have ours. */
function packagesOf(answer: unknown): readonly FoundPackage[] {
  const entries: readonly unknown[] = Array.isArray(answer) ? answer : [];
  return entries.flatMap((entry): readonly FoundPackage[] => {
    const { name, version, description, keywords }: Readonly<Record<string, unknown>> = Object(entry);
    if (typeof name !== 'string' || typeof version !== 'string') return [];
    if (Array.isArray(keywords) && !keywords.includes(keyword)) return [];
    const text = typeof description === 'string' ? oneLine(description) : '';
    return [{ name: oneLine(name), version: oneLine(version), ...(text !== '' && { description: text }) }];
  });
}

function oneLine(text: string): string {
  return cleanForTerminal(text).replaceAll(/\s+/g, ' ').trim();
}
