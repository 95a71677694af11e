import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { throwIfAborted } from '@ferrum/registry/errors';
import type { PluginExamination } from '../environment.js';
import type { ExaminationMessage } from './examination-message.js';
import type { FailedPlugin, PluginReport } from './plugin-report.js';

export interface ExaminationRequest extends PluginExamination {
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** For loading and registering together. Default 30 s. */
  readonly timeoutMs?: number;
  /** What runs in the other process. Default: the compiled file beside this one. */
  readonly script?: string;
}

/**
 * Loads a plugin in a process of its own, and lets it register there. Undefined for a package that is no plugin.
 *
 * @throws FerrumError `Cancelled`
 */
export async function examinePlugin({
  folder,
  packageName,
  signal,
  variables,
  timeoutMs = 30_000,
  script = fileURLToPath(new URL('./examine-plugin-process.js', import.meta.url)),
}: ExaminationRequest): Promise<PluginReport | undefined> {
  throwIfAborted(signal, `Loading ${packageName}`);
  const child = fork(script, [folder, packageName], {
    env: variables as NodeJS.ProcessEnv,
    // Flags of this process need not suit it.
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let doing = 'loaded';
  let answer: Extract<ExaminationMessage, { type: 'end' }> | undefined;
  let timedOut = false;
  let said = '';
  const kill = () => child.kill('SIGKILL');
  const timer = setTimeout(() => {
    timedOut = true;
    kill();
  }, timeoutMs);
  signal.addEventListener('abort', kill, { once: true });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4000);
  });
  child.on('message', (message: ExaminationMessage) => {
    if (message.type === 'registering') doing = 'registered';
    else {
      answer ??= message;
      // Something of the plugin may keep it alive.
      kill();
    }
  });
  try {
    const ending = await new Promise<string>((resolve) => {
      child.on('error', (error) => resolve(`it cannot be tried out: ${error.message}`));
      child.on('close', (code, by) =>
        resolve(`it ended the process (${by ?? `exit code ${code}`}) while it was ${doing}`),
      );
    });
    if (answer !== undefined) return answer.report;
    throwIfAborted(signal, `Loading ${packageName}`);
    if (timedOut) return failed(packageName, `it was not ${doing} after ${timeoutMs / 1000} s`);
    const lastLine = said.trim().split('\n').at(-1)?.trim();
    return failed(packageName, lastLine ? `${ending}: ${lastLine}` : ending);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', kill);
  }
}

function failed(name: string, error: string): FailedPlugin {
  return { name, source: 'added', state: 'failed', engines: [], error };
}
