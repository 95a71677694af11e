// Shared by the scripts of this folder: runs commands and keeps the built packages up to date.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '..');

/** Runs a command in the repository's root; ends this process with its exit code when it fails. */
export async function run(command, args, options = {}) {
  const code = await exitCode(command, args, options);
  if (code !== 0) process.exit(code);
}

export function exitCode(command, args, options = {}) {
  const child = spawn(command, args, {
    cwd: root,
    stdio: 'inherit',
    // npx is a .cmd file on Windows, which only a shell starts.
    shell: process.platform === 'win32' && command === 'npx',
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
      resolve(code ?? (signal === 'SIGINT' ? 130 : 143));
    });
  });
}

/** pnpm and turbo without a global install of either; turbo finds the pnpm that npx puts on its path. */
export const pnpm = (...args) => run('npx', ['--yes', 'pnpm@12', ...args]);

const stamp = path.join(root, 'node_modules', '.ferrum-built');

/** Installs and builds when sources changed since the last time; else does nothing at all, so starting costs nothing. */
export async function build() {
  if (existsSync(stamp) && statSync(stamp).mtimeMs > newestSource()) return;
  await install();
  await pnpm('exec', 'turbo', 'run', 'build', '--output-logs=errors-only');
  writeFileSync(stamp, '');
}

export const install = () => pnpm('install', '--frozen-lockfile', '--reporter=append-only');

function newestSource() {
  const files = ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', 'tsconfig.base.json', 'turbo.json'];
  const packages = path.join(root, 'packages');
  const built = [];
  for (const name of readdirSync(packages)) {
    files.push(`packages/${name}/package.json`, `packages/${name}/tsconfig.json`);
    built.push(path.join(packages, name, 'dist', 'index.js'));
    for (const file of readdirSync(path.join(packages, name, 'src'), { recursive: true })) {
      files.push(`packages/${name}/src/${file}`);
    }
  }
  if (!built.every((file) => existsSync(file))) return Number.POSITIVE_INFINITY;
  return Math.max(...files.map((file) => statSync(path.join(root, file)).mtimeMs));
}
