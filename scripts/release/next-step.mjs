// next-step: prints "version" while there are changesets, "publish" when the version of the packages has no tag, else "nothing".
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { root } from '../run.mjs';
import { publicPackages } from './packages.mjs';

const changesets = readdirSync(path.join(root, '.changeset')).filter(
  (file) => file.endsWith('.md') && file !== 'README.md',
);
const [{ manifest }] = publicPackages(root);
const tag = execFileSync('git', ['tag', '--list', `v${manifest.version}`], { cwd: root, encoding: 'utf8' }).trim();
console.log(changesets.length > 0 ? 'version' : tag === '' ? 'publish' : 'nothing');
