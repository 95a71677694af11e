// The `ferrum` command of the workspace, for the blocks of the documentation. `ferrum serve` returns once the server is ready,
// and is stopped by the next `ferrum serve`, or by `ferrum stop-servers` at the end of the page.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from '../run.mjs';

const main = path.join(root, 'packages', 'cli', 'dist', 'main.js');
const args = process.argv.slice(3);
const state = process.env.FERRUM_DOCS_SERVER; // a path without ending: .pid, .log and .code
const { FERRUM_DOCS_SERVER: _, ...environment } = process.env;

if (args[0] === 'stop-servers') process.exitCode = await stop();
else if (args[0] === 'serve' && !args.some((flag) => ['--help', '--print-config'].includes(flag))) await serve();
else
  process.exitCode = spawnSync(process.execPath, [main, ...args], { stdio: 'inherit', env: environment }).status ?? 1;

async function serve() {
  process.exitCode = await stop();
  const log = openSync(`${state}.log`, 'w');
  const command = '"$0" "$@" & pid=$!; echo $pid > "$STATE.pid"; wait $pid; echo $? > "$STATE.code"';
  spawn('sh', ['-c', command, process.execPath, main, ...args], {
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...environment, STATE: state },
  }).unref();
  const url = `http://127.0.0.1:${process.env.FERRUM_PORT}/health/ready`;
  for (let i = 0; i < 600; i++) {
    if (existsSync(`${state}.code`)) break;
    const response = await fetch(url).catch(() => undefined);
    await response?.text();
    if (response?.ok) return;
    await sleep(100);
  }
  console.error(`The server is not ready:\n${readFileSync(`${state}.log`, 'utf8')}`);
  process.exitCode = 1;
}

/** @returns 1 when the server that was running ended in another way than well */
async function stop() {
  if (!existsSync(`${state}.pid`)) return 0;
  if (!existsSync(`${state}.code`)) process.kill(Number(readFileSync(`${state}.pid`, 'utf8')), 'SIGTERM');
  for (let i = 0; i < 400 && !existsSync(`${state}.code`); i++) await sleep(100);
  const code = existsSync(`${state}.code`) ? readFileSync(`${state}.code`, 'utf8').trim() : 'nothing';
  if (code !== '0') console.error(`The server ended with ${code}:\n${readFileSync(`${state}.log`, 'utf8')}`);
  for (const ending of ['pid', 'code']) rmSync(`${state}.${ending}`, { force: true });
  return code === '0' ? 0 : 1;
}
