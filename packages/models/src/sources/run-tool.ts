import { spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';
import { errorCode } from '../cache/file-system-error.js';
import { listTree } from '../cache/list-tree.js';
import { toolError } from './tool-error.js';

export interface ToolRun {
  /** For people: `npm`, `pip`. */
  readonly name: string;
  /** Program and first arguments; the next is tried when one is not installed. */
  readonly commands: readonly (readonly string[])[];
  readonly arguments: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  /** The tool works here and writes only here: its growth is the progress, and proof of life. */
  readonly directory: string;
  readonly signal: AbortSignal;
  /** Size of the largest file in the folder, in bytes. */
  readonly onBytes: (completed: number) => void;
}

const pollEveryMs = 250;
const stallTimeoutMs = 120_000;
const killAfterMs = 2_000;
const stderrTailLength = 4_000;

/**
 * Runs one of the user's own tools, without a shell.
 * @throws FerrumError `Unsupported` (not installed), `Network`, `NotFound` (no such package or version),
 * `ResourceExhausted`, `Timeout`, `Cancelled`; with the end of what the tool said.
 */
export async function runTool(run: ToolRun): Promise<void> {
  for (const command of run.commands) {
    const outcome = await runCommand(run, command);
    if (outcome !== 'not-installed') return;
  }
  const tried = run.commands.map((command) => command.join(' ')).join(', ');
  throw new FerrumError('Unsupported', `${run.name} is not installed or not on PATH (tried ${tried}).`);
}

async function runCommand(run: ToolRun, command: readonly string[]): Promise<'done' | 'not-installed'> {
  throwIfAborted(run.signal, run.name);
  const [program = run.name, ...first] = command;
  const child = spawn(program, [...first, ...run.arguments], {
    cwd: run.directory,
    env: run.environment,
    shell: false,
    stdio: ['ignore', 'ignore', 'pipe'],
    windowsHide: true,
  });
  let stderr = '';
  child.stderr.setEncoding('utf8');
  child.stderr.on('data', (text: string) => {
    stderr = (stderr + text).slice(-stderrTailLength);
  });
  const exit = new Promise<number | string | Error>((resolve) => {
    child.on('error', resolve);
    child.on('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  const kill = () => {
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), killAfterMs).unref();
  };
  let stalled = false;
  const watch = watchGrowth(run, () => {
    stalled = true;
    kill();
  });
  run.signal.addEventListener('abort', kill, { once: true });
  try {
    const result = await exit;
    throwIfAborted(run.signal, run.name);
    if (result === 0) return 'done';
    if (isNotInstalled(result, stderr)) return 'not-installed';
    if (stalled)
      throw new FerrumError('Timeout', `${run.name} made no progress for ${stallTimeoutMs / 1000} s and was stopped.`);
    throw toolError(run.name, result, stderr);
  } finally {
    watch.stop();
    run.signal.removeEventListener('abort', kill);
  }
}

function watchGrowth(run: ToolRun, onStall: () => void): { stop(): void } {
  let lastTotal = -1;
  let lastGrowth = Date.now();
  let stopped = false;
  const poll = async () => {
    const sizes = await fileSizes(run.directory);
    if (stopped) return;
    const total = sizes.reduce((sum, size) => sum + size, 0);
    if (total !== lastTotal) lastGrowth = Date.now();
    lastTotal = total;
    if (sizes.length > 0) run.onBytes(Math.max(...sizes));
    if (Date.now() - lastGrowth > stallTimeoutMs) onStall();
    else timer = setTimeout(poll, pollEveryMs);
  };
  let timer = setTimeout(poll, pollEveryMs);
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

async function fileSizes(directory: string): Promise<readonly number[]> {
  const files = await listTree(directory);
  return await Promise.all(files.map(async ({ path }) => (await stat(path).catch(() => undefined))?.size ?? 0));
}

function isNotInstalled(result: number | string | Error, stderr: string): boolean {
  if (result instanceof Error) return errorCode(result) === 'ENOENT';
  // A Python without pip is no use, and 9009 is Windows' placeholder for a Python that is not there.
  return result === 9009 || /No module named '?pip\b/.test(stderr);
}
