import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { GraphsReport } from './report.js';

/** Looks at what engines keep of the models they converted. What cannot be read counts as nothing. */
export async function examineGraphs(cacheDirectory: string): Promise<GraphsReport> {
  const path = join(cacheDirectory, 'graphs');
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  const graphs = entries.filter((entry) => entry.isDirectory());
  const sizes = await Promise.all(graphs.map(({ name }) => sizeOfFolder(join(path, name))));
  return { path, count: graphs.length, sizeBytes: sum(sizes) };
}

async function sizeOfFolder(path: string): Promise<number> {
  const entries = await readdir(path, { recursive: true }).catch(() => []);
  const sizes = entries.map(async (name) => {
    // Another process may just have removed it.
    const found = await lstat(join(path, name)).catch(() => undefined);
    return found?.isFile() ? found.size : 0;
  });
  return sum(await Promise.all(sizes));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
