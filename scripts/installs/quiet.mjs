import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Runs a command, silent unless it fails. @returns what it prints */
export async function quiet(command, args, { cwd, env } = {}) {
  try {
    const { stdout } = await promisify(execFile)(command, args, {
      cwd,
      env: { ...process.env, ...env, npm_config_update_notifier: 'false', ONNXRUNTIME_NODE_INSTALL: 'skip' },
      maxBuffer: 64 << 20,
      shell: process.platform === 'win32',
    });
    return stdout;
  } catch (error) {
    const said = [error.stdout, error.stderr].filter(Boolean).join('\n');
    throw new Error(`${command} ${args.join(' ')} failed in ${cwd}:\n${said.slice(-4000) || error.message}`);
  }
}
