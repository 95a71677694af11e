// An npm registry on this machine for @ferrum's packages; everything else comes from where npm is configured to look.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runServer } from 'verdaccio';
import { quiet } from './quiet.mjs';

/** @returns its address and a way to publish tarballs and to stop it */
export async function startLocalRegistry(directory) {
  const storage = path.join(directory, 'storage');
  await mkdir(storage, { recursive: true });
  const app = await runServer({
    self_path: directory,
    storage,
    uplinks: {},
    packages: { '**': { access: '$all', publish: '$all' } },
    web: { enable: false },
    log: { type: 'stdout', format: 'pretty', level: 'fatal' },
    max_body_size: '100mb',
  });
  const server = await new Promise((resolve, reject) => {
    const listening = app.listen(0, '127.0.0.1', () => resolve(listening));
    listening.on('error', reject);
  });
  const url = `http://127.0.0.1:${server.address().port}/`;
  // npm publishes only with a token, whatever the registry asks for.
  const npmrc = `@ferrum:registry=${url}\n//127.0.0.1:${server.address().port}/:_authToken=none\n`;
  return {
    url,
    npmrc,
    async publish(tarballs) {
      await writeFile(path.join(directory, '.npmrc'), npmrc);
      for (const tarball of tarballs) {
        await quiet('npm', ['publish', tarball, '--registry', url, '--ignore-scripts', '--provenance=false'], {
          cwd: directory,
        });
      }
    },
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(resolve);
      }),
  };
}
