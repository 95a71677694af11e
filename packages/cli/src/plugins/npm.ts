import { spawn } from 'node:child_process';
import type { FerrumErrorCode } from '@ferrum/interfaces';
import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';

export interface NpmRun {
  /** The command of npm and its arguments. */
  readonly arguments: readonly string[];
  /** Where npm works. */
  readonly folder: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** Completes "npm could not …". */
  readonly doing: string;
}

/**
 * Runs the user's own npm, with the registry it is set up for.
 *
 * @returns What it printed, as JSON.
 * @throws FerrumError `NotFound` for a package or a version that is not there, `Network`, `Auth`, `PermissionDenied`,
 * `ResourceExhausted`, `Unsupported` where there is no npm, `Cancelled`, else `IO`; with npm's own words. `details.npmCode`
 * is npm's code.
 */
export async function runNpm(run: NpmRun): Promise<unknown> {
  throwIfAborted(run.signal, 'npm');
  const { npmCommand } = await import('@ferrum/models');
  const [program, ...first] = npmCommand(run.variables);
  const child = spawn(program, [...first, ...quiet, ...run.arguments], {
    cwd: run.folder,
    // Asked for by onnxruntime-node, whose installation would else fetch libraries for graphics cards.
    env: { ...run.variables, ONNXRUNTIME_NODE_INSTALL: 'skip' } as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  const stop = () => {
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), killAfterMs).unref();
  };
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-stderrTailLength);
  });
  run.signal.addEventListener('abort', stop, { once: true });
  try {
    const result = await new Promise<number | string | Error>((resolve) => {
      child.on('error', resolve);
      child.on('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
    });
    throwIfAborted(run.signal, 'npm');
    if (result !== 0) throw npmError(run.doing, result, stdout, stderr);
    return parse(stdout);
  } finally {
    run.signal.removeEventListener('abort', stop);
  }
}

/** Takes dependencies away, without the network: what stays is there. @throws FerrumError as `runNpm` does. */
export async function uninstall(
  names: readonly string[],
  run: Pick<NpmRun, 'folder' | 'variables' | 'signal'>,
): Promise<void> {
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--install-links', '--offline'];
  await runNpm({ ...run, arguments: ['uninstall', ...flags, '--', ...names], doing: `remove ${names.join(', ')}` });
}

const quiet = ['--json', '--loglevel', 'error', '--no-update-notifier'];
const killAfterMs = 2000;
const stderrTailLength = 4000;

function npmError(doing: string, result: number | string | Error, stdout: string, stderr: string): FerrumError {
  if (result instanceof Error) {
    const isMissing = 'code' in result && result.code === 'ENOENT';
    const message = isMissing
      ? `npm could not ${doing}: it is not installed, or not on the PATH. It comes with Node.js.`
      : `npm could not ${doing}: ${result.message}.`;
    return new FerrumError('Unsupported', message, { cause: result });
  }
  const { code, summary } = whatNpmSays(stdout);
  const words = summary ?? lastLines(stderr) ?? `it ended with ${result}`;
  // npm tells of a full disk in many ways.
  const kind = /ENOSPC|no space left/i.test(stderr) ? 'ResourceExhausted' : (kinds[code ?? ''] ?? 'IO');
  const message = `npm could not ${doing}: ${words.trim().replace(/\.$/, '')}${code && !words.includes(code) ? ` (${code})` : ''}.`;
  return new FerrumError(kind, message, { details: { stderr, ...(code !== undefined && { npmCode: code }) } });
}

const kinds: Readonly<Record<string, FerrumErrorCode>> = {
  E404: 'NotFound',
  ETARGET: 'NotFound',
  ENOENT: 'NotFound',
  EINVALIDPACKAGENAME: 'InvalidParameter',
  EINVALIDTAGNAME: 'InvalidParameter',
  EUNSUPPORTEDPROTOCOL: 'InvalidParameter',
  EUNSUPPORTEDURL: 'InvalidParameter',
  E401: 'Auth',
  E403: 'Auth',
  ENEEDAUTH: 'Auth',
  EACCES: 'PermissionDenied',
  EPERM: 'PermissionDenied',
  EROFS: 'PermissionDenied',
  ENOSPC: 'ResourceExhausted',
  ENOTCACHED: 'Network',
  ENOTFOUND: 'Network',
  EAI_AGAIN: 'Network',
  ECONNREFUSED: 'Network',
  ECONNRESET: 'Network',
  ETIMEDOUT: 'Network',
  ERR_SOCKET_TIMEOUT: 'Network',
  EIDLETIMEOUT: 'Network',
};

/** With `--json` npm prints its error as `{"error":{"code","summary","detail"}}`. */
function whatNpmSays(stdout: string): { readonly code?: string; readonly summary?: string } {
  const { error }: { error?: { code?: unknown; summary?: unknown } } = Object(parse(stdout));
  return {
    ...(typeof error?.code === 'string' && { code: error.code }),
    ...(typeof error?.summary === 'string' && error.summary !== '' && { summary: error.summary }),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function lastLines(stderr: string): string | undefined {
  const lines = stderr.split('\n').map((line) => line.replace(/^npm (?:error|ERR!)\s*/, '').trim());
  return (
    lines
      .filter((line) => line !== '' && !line.startsWith('A complete log'))
      .slice(-3)
      .join(' | ') || undefined
  );
}
