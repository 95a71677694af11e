// A server in a process of its own, as an operator starts it.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { root } from '../run.mjs';

const command = path.join(root, 'packages', 'cli', 'dist', 'main.js');

/**
 * Starts `ferrum serve` on a free port.
 * @returns `url`, `stop()` which gives the exit code, and `output()`; or `failed`, the exit code of one that did not start
 */
export async function startServer(args, { cwd, apiKey }) {
  // The setup of whoever runs this does not matter, but for where models are, and whether they may be fetched.
  const kept = ['FERRUM_HOME', 'FERRUM_OFFLINE', 'FERRUM_PYTHON'];
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('FERRUM_') || kept.includes(name));
  const env = { ...Object.fromEntries(own), FERRUM_API_KEYS: apiKey };
  const child = spawn(process.execPath, [command, 'serve', ...args, '--port', '0'], { cwd, env });
  let output = '';
  const exit = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
  const url = await new Promise((resolve) => {
    const read = (data) => {
      output += data;
      const found = /listens on (http:\/\/[\d.]+:\d+)/.exec(output);
      if (found) resolve(found[1]);
    };
    child.stdout.setEncoding('utf8').on('data', read);
    child.stderr.setEncoding('utf8').on('data', read);
    exit.then(() => resolve(undefined));
  });
  const stop = () => {
    child.kill('SIGTERM');
    return exit;
  };
  return url === undefined ? { failed: await exit, output: () => output } : { url, stop, output: () => output };
}
