// A copy of the working tree, with its history and what is installed, in which a release can be tried.
import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, existsSync, symlinkSync } from 'node:fs';
import path from 'node:path';

/**
 * Copies what git tracks, and what is new and not ignored. Nothing is installed: the copy uses the dependencies of the
 * original, and its packages find each other in the copy.
 */
export function copyTree(root, copy) {
  const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 27 });
  // Changesets looks for the commits that its files came with.
  git('clone', '--quiet', '--shared', '--no-checkout', root, copy);
  git('-C', copy, 'read-tree', 'HEAD');
  const files = git('ls-files', '-z', '--cached', '--others', '--exclude-standard').split('\0');
  for (const file of files) {
    const source = path.join(root, file);
    if (file !== '' && existsSync(source)) cpSync(source, path.join(copy, file), { verbatimSymlinks: true });
  }
  // Else pnpm would install over the linked dependencies as soon as a version differs.
  appendFileSync(path.join(copy, 'pnpm-workspace.yaml'), '\nverifyDepsBeforeRun: false\n');
  const kind = process.platform === 'win32' ? 'junction' : 'dir';
  symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'), kind);
  for (const folder of workspaceFolders(files)) {
    const [from, to] = [path.join(root, folder, 'node_modules'), path.join(copy, folder, 'node_modules')];
    // The links are relative, so those from one package to another stay within the copy.
    if (existsSync(from)) cpSync(from, to, { recursive: true, verbatimSymlinks: true });
  }
}

function workspaceFolders(files) {
  return files.filter((file) => /^(?:packages|plugins|examples)\/[^/]+\/package\.json$/.test(file)).map(path.dirname);
}
