// Shared by the scripts of this folder: runs commands and keeps the built packages up to date.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Runs a command in the repository's root; ends this process with its exit code when it fails. */
export async function run(command, args, options = {}) {
  const code = await exitCode(command, args, options);
  if (code !== 0) process.exit(code);
}

/** Runs a command in the repository's root; 128 and the signal's number when a signal ended it, as a shell would say. */
export function exitCode(command, args, options = {}) {
  const child = spawn(command, args, {
    cwd: root,
    stdio: 'inherit',
    // npm and npx are .cmd files on Windows, which only a shell starts.
    shell: process.platform === 'win32' && command !== process.execPath,
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', npm_config_update_notifier: 'false' },
    ...options,
  });
  // Ctrl-C reaches the child by itself; this process only waits for it to clean up.
  const wait = () => {};
  process.on('SIGINT', wait);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      process.off('SIGINT', wait);
      if (code === null && signal !== 'SIGINT' && signal !== 'SIGTERM') {
        console.error(`${path.basename(command)} was ended by ${signal}.`);
      }
      resolve(code ?? 128 + constants.signals[signal]);
    });
  });
}

/** pnpm and turbo without a global install of either; turbo finds the pnpm that npx puts on its path. */
export const pnpm = (...args) => run('npx', ['--yes', 'pnpm@12', ...args]);

/** What the last build was made from. */
const stamp = path.join(root, 'node_modules', '.ferrum-built');

/** Installs and builds when sources changed since the last time; else does nothing at all, so starting costs nothing. */
export async function build() {
  const sources = fingerprint();
  if (isBuilt() && existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) return;
  await install();
  await pnpm('exec', 'turbo', 'run', 'build', '--output-logs=errors-only');
  writeFileSync(stamp, sources);
}

export const install = () => pnpm('install', '--frozen-lockfile', '--reporter=append-only');

/** Changes when a file that goes into the build is added, changed, renamed or deleted. */
function fingerprint() {
  const files = ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', 'tsconfig.base.json', 'turbo.json'];
  for (const folder of packageFolders()) {
    files.push(`${folder}/package.json`, `${folder}/tsconfig.json`);
    for (const part of ['src', 'playground'].filter((name) => existsSync(path.join(root, folder, name)))) {
      const sources = readdirSync(path.join(root, folder, part), { recursive: true });
      for (const file of sources) files.push(`${folder}/${part}/${file}`);
    }
  }
  const changed = (file) => statSync(path.join(root, file), { throwIfNoEntry: false })?.mtimeMs;
  const hash = createHash('sha256');
  for (const file of files.sort()) hash.update(`${file} ${changed(file)}\n`);
  return hash.digest('hex');
}

function isBuilt() {
  return packageFolders().every((folder) => existsSync(path.join(root, folder, 'dist', 'index.js')));
}

/** `packages/registry` … Not every folder: a package that another branch had leaves its ignored files behind. */
function packageFolders() {
  const isPackage = (folder) => ['package.json', 'src'].every((file) => existsSync(path.join(root, folder, file)));
  return ['packages', 'plugins']
    .flatMap((parent) => readdirSync(path.join(root, parent)).map((name) => `${parent}/${name}`))
    .filter(isPackage);
}
