// stamp-repository [URL]: writes into every published package.json where its source lies, which npm's provenance is checked
// against. Without a URL: the repository that GitHub Actions works for. Only a release does so; it is not committed.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../run.mjs';
import { publicPackages } from './packages.mjs';

/** @throws when `url` is no address of a repository */
export function stampRepository(folder, url) {
  if (!/^https:\/\/[^/\s]+\/[^/\s]+\/[^/\s]+$/.test(url)) {
    throw new Error(`"${url}" is no address of a repository: it should be https://HOST/OWNER/NAME.`);
  }
  for (const item of publicPackages(folder)) {
    const directory = path.relative(folder, item.folder).split(path.sep).join('/');
    const repository = { type: 'git', url: `git+${url}.git`, directory };
    const text = JSON.stringify({ ...item.manifest, repository }, undefined, 2);
    writeFileSync(path.join(item.folder, 'package.json'), `${text}\n`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository } = process.env;
  const [, , url = server && repository && `${server}/${repository}`] = process.argv;
  if (url === undefined) {
    console.error('Name the repository: stamp-repository https://HOST/OWNER/NAME, or run it in GitHub Actions.');
    process.exit(1);
  }
  try {
    stampRepository(root, url);
    console.log(`The packages name ${url} as their source.`);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
