import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import compress from '@fastify/compress';
import serveFiles from '@fastify/static';
import { FerrumError } from '@ferrum/registry/errors';
import type { FerrumApp } from '../server-context.js';

/** `/` and the files of the page, which Vite builds into `dist/playground` and empties it before: no module of ours may be there. */
export async function registerPlayground(app: FerrumApp): Promise<void> {
  const folder = fileURLToPath(new URL('../../dist/playground', import.meta.url));
  if (!existsSync(folder)) {
    throw new FerrumError(
      'Config',
      'The playground is not built. Run the build of @ferrum/server, or set playground to false.',
    );
  }
  await app.register(async (scope) => {
    await scope.register(compress, { threshold: 1024 });
    await scope.register(serveFiles, { root: folder, index: 'index.html', wildcard: false, cacheControl: true });
  });
}
