// The commit that a working tree is compared with.
import { spawnSync } from 'node:child_process';

/**
 * @param {string | undefined} since a commit, tag or branch; default: where this branch left origin/main, else the latest
 * release
 * @returns `name`, `read(file)` (undefined where there is none), `list(folder)` and `versions()` (package → version), or
 * undefined when there is nothing to compare with
 * @throws when `since` names no commit
 */
export function openReference(root, since) {
  const git = (...args) => {
    const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 27 });
    return status === 0 ? stdout : undefined;
  };
  const found = since === undefined ? byDefault(git) : named(git, since);
  if (found === undefined) return undefined;
  const files = git('ls-tree', '-r', '-z', '--name-only', found.commit).split('\0');
  const read = (file) =>
    files.includes(file) ? git('show', `${found.commit}:${file}`).replaceAll('\r\n', '\n') : undefined;
  const list = (folder) => files.filter((file) => file.startsWith(`${folder}/`));
  let versions;
  return {
    name: found.name,
    read,
    list,
    versions() {
      versions ??= readVersions([...list('packages'), ...list('plugins')], read);
      return versions;
    },
  };
}

function named(git, since) {
  const commit = git('rev-parse', '--verify', '--quiet', '--end-of-options', `${since}^{commit}`)?.trim();
  if (commit === undefined)
    throw new Error(`git knows no commit "${since}". A shallow clone lacks it: fetch it first.`);
  return { commit, name: since };
}

function byDefault(git) {
  const left = git('merge-base', 'HEAD', 'origin/main')?.trim();
  if (left !== undefined) return { commit: left, name: `${left.slice(0, 10)}, where this left origin/main` };
  const tag = git('describe', '--tags', '--abbrev=0', '--match', 'v[0-9]*', '--match', '@ferrum/*')?.trim();
  return tag === undefined ? undefined : { commit: tag, name: `the release ${tag}` };
}

function readVersions(files, read) {
  const manifests = files
    .filter((file) => /^[^/]+\/[^/]+\/package\.json$/.test(file))
    .map((file) => JSON.parse(read(file)))
    .filter((manifest) => manifest.private !== true);
  return new Map(manifests.map(({ name, version }) => [name, version]));
}
