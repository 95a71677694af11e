import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onAbort } from '@ferrum/registry/concurrency';
import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';
import type { Trial, TrialMessage } from './trial-messages.js';

export interface TryRequest {
  readonly trial: Trial;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (share: number) => void;
  readonly timeoutMs: number;
  /** What runs in the other process. Default: the compiled file, which sources find from where they are, too. */
  readonly script?: string;
}

/**
 * Has another process open and run a file, small: a damaged one may abort it, and llama.cpp goes the same way.
 * @throws FerrumError `Model` for a file that ends the process or keeps it for longer than `timeoutMs`, `Cancelled`, and what
 * opening it threw there
 */
export async function tryFile({ trial, signal, onProgress, timeoutMs, script = compiled }: TryRequest): Promise<void> {
  const { file, label } = trial;
  throwIfAborted(signal, `Opening ${label}`);
  const child = fork(script, [JSON.stringify(trial)], {
    // Its stack is of no use to anybody, and a debugger would write it.
    env: { ...process.env, GGML_NO_BACKTRACE: '1' },
    // Flags of this process need not suit it. A header that says that it is huge must not take all memory.
    execArgv: ['--max-old-space-size=1024'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let hasBegun = false;
  let answer: Extract<TrialMessage, { type: 'end' }> | undefined;
  let timedOut = false;
  let said = '';
  const kill = () => void child.kill('SIGKILL');
  const stop = onAbort(signal, kill);
  running.add(kill);
  const timer = setTimeout(() => {
    timedOut = true;
    kill();
  }, timeoutMs);
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(0, 4000);
  });
  try {
    const ending = await new Promise<string>((resolve, reject) => {
      child.on('error', (cause) => reject(notStarted(cause.message)));
      child.on('message', (message: TrialMessage) => {
        try {
          if (message.type === 'begin') hasBegun = true;
          else if (message.type === 'progress') onProgress(message.share);
          else answer ??= message;
        } catch (error) {
          kill();
          reject(error);
        }
      });
      child.on('close', (code, by) => resolve(by ?? `exit code ${code}`));
    });
    throwIfAborted(signal, `Opening ${label}`);
    if (answer?.error) throw new FerrumError(answer.error.code, answer.error.message, { details: { file } });
    if (answer) return;
    // What is wrong then is no fault of the file.
    if (!hasBegun && !timedOut) throw notStarted(`it ended with ${ending}${lastWords(said, ending)}`);
    const what = timedOut
      ? `was not ready after ${Number((timeoutMs / 1000).toFixed(1))} s. The file is damaged, or this machine has no time for it.`
      : `crashed (${ending}${lastWords(said, ending)}). The file is damaged, or this version of llama.cpp does not bear it.`;
    const message = `llama.cpp cannot open ${label} (${file}): tried in a process of its own, it ${what}`;
    throw new FerrumError('Model', message, { details: { file } });
  } finally {
    clearTimeout(timer);
    running.delete(kill);
    stop();
  }
}

/** Ends of the processes that run; one of them may hear of nothing, and would outlive this process. */
const running = new Set<() => void>();
process.on('exit', () => {
  for (const kill of running) kill();
});

const compiled = fileURLToPath(new URL('../../../dist/library/trial/trial-process.js', import.meta.url));

function notStarted(why: string): FerrumError {
  const message = `The process that tries a model before it is opened does not start: ${why}. Install @ferrum/plugin-llama-cpp anew, and do not bundle it.`;
  return new FerrumError('Backend', message);
}

/** What an assertion of llama.cpp says before it ends the process; a lack of memory says nothing. */
function lastWords(said: string, ending: string): string {
  const lines = said.split('\n').map((line) => line.trim());
  const line = lines.find((one) => /assert|what\(\)|fatal|error/i.test(one)) ?? lines.find(Boolean);
  if (line !== undefined) return `: ${line.slice(0, 300)}`;
  return ending === 'SIGKILL' ? ', as for want of memory' : '';
}
