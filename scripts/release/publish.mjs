// npm run release, in the workflow only: publishes what the registry does not have yet. Run again after a failure, it goes on.
// pnpm replaces "workspace:" and "catalog:" and publishes in the order of dependencies; "changeset publish" would call it without
// --provenance, and pnpm does not look at publishConfig.provenance.
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { pnpm, root, run } from '../run.mjs';
import { stampRepository } from './stamp-repository.mjs';

const { GITHUB_ACTIONS, GITHUB_SERVER_URL, GITHUB_REPOSITORY } = process.env;
if (GITHUB_ACTIONS !== 'true')
  fail('Packages are published by .github/workflows/release.yml: provenance names the run that built them.');
if (execFileSync('git', ['status', '--porcelain'], { cwd: root, encoding: 'utf8' }) !== '') {
  fail('There are changes that are not committed; a release is made from a commit.');
}
const changesets = readdirSync(path.join(root, '.changeset')).filter(
  (file) => file.endsWith('.md') && file !== 'README.md',
);
if (changesets.length > 0) fail(`Not in a version yet: ${changesets.join(', ')}. Run "npm run version" and commit it.`);

await run('npm', ['run', 'build']);
stampRepository(root, `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}`);
// The stamp is a change that is not committed.
await pnpm('--recursive', 'publish', '--provenance', '--access', 'public', '--no-git-checks');

function fail(message) {
  console.error(message);
  process.exit(1);
}
