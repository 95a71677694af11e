import { readdirSync } from 'node:fs';
import path from 'node:path';
import { pnpm } from '../run.mjs';

/** Packs every public package as it would be published. @returns the paths of the tarballs */
export async function pack(directory) {
  const filters = ['--filter', './packages/*', '--filter', './plugins/*'];
  await pnpm('--reporter=silent', '--recursive', ...filters, 'pack', '--pack-destination', directory);
  return readdirSync(directory)
    .filter((name) => name.endsWith('.tgz'))
    .map((name) => path.join(directory, name));
}
