// Tools that come as Python packages, in a virtual environment of their own that is made once.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { root } from './run.mjs';

/**
 * @param timeoutMs how long the installation may take
 * @param showsProgress whether what pip does is shown while it does it, for what takes minutes to compile
 * @returns `path`, which gives the file of a tool, or `missing`, which says why there are none
 */
export function pythonTools(name, packages, { timeoutMs = 180_000, showsProgress = false } = {}) {
  const key = createHash('sha256').update(packages.join()).digest('hex').slice(0, 12);
  const folder = path.join(root, 'node_modules', '.cache', `ferrum-${name}-${key}`);
  const bin = path.join(folder, process.platform === 'win32' ? 'Scripts' : 'bin');
  const done = `${folder}.done`;
  if (!existsSync(done)) {
    mkdirSync(path.dirname(folder), { recursive: true });
    rmSync(folder, { recursive: true, force: true });
    const pip = ['-m', 'pip', 'install', showsProgress ? '--verbose' : '--quiet', '--only-binary', ':all:'];
    const failure =
      failureOf(process.platform === 'win32' ? 'python' : 'python3', ['-m', 'venv', folder], { timeoutMs }) ??
      failureOf(path.join(bin, 'python'), [...pip, ...packages], { timeoutMs, showsProgress });
    if (failure !== undefined) return { missing: `pip could not install them (${failure})` };
    mkdirSync(done);
  }
  return { path: (tool) => path.join(bin, tool) };
}

/** The last line of what a command that failed said. */
function failureOf(command, args, { timeoutMs, showsProgress = false }) {
  const stdio = showsProgress ? ['ignore', 'inherit', 'inherit'] : 'pipe';
  const { status, error, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: timeoutMs, stdio });
  if (status === 0) return undefined;
  if (error?.code === 'ETIMEDOUT') return `it took longer than ${timeoutMs / 60_000} minutes`;
  return error?.message ?? (showsProgress ? 'see above' : `${stdout}${stderr}`.trim().split('\n').at(-1));
}
