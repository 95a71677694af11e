import { EventEmitter } from 'node:events';
import { vi } from 'vitest';
import { type CommandOptions, type CommandResult, runCommand } from './run-command.js';
import { recordOutput } from './streams.js';

export interface RunningServe {
  readonly url: string;
  readonly stderr: string;
  readonly stdout: string;
  /** Sends a signal, and waits for the command to end. */
  stop(signal?: NodeJS.Signals): Promise<CommandResult>;
  /** Sends a signal and goes on. */
  send(signal: NodeJS.Signals): void;
}

/** Runs `ferrum serve …` on a free port until it listens. @throws Error with what it said when it ends before. */
export async function startServe(
  parameters: readonly string[],
  options: Omit<CommandOptions, 'signals'> = {},
): Promise<RunningServe> {
  const { stdout = recordOutput(), stderr = recordOutput() } = options;
  const signals = new EventEmitter();
  let ended: CommandResult | undefined;
  const result = runCommand(['serve', '--port', '0', '--no-playground', ...parameters], {
    ...options,
    ...{ signals, stdout, stderr },
  });
  void result.then((outcome) => {
    ended = outcome;
  });
  const url = await vi.waitFor(
    () => {
      const [, found] = / listens on (http:\S+?);? /.exec(stderr.text) ?? [];
      if (found === undefined && ended === undefined) throw new Error('it does not listen yet');
      return found;
    },
    { timeout: 20_000, interval: 10 },
  );
  if (url === undefined) throw new Error(`ferrum serve has ended: ${JSON.stringify(await result)}`);
  return {
    url,
    get stderr() {
      return stderr.text;
    },
    get stdout() {
      return stdout.text;
    },
    send: (signal) => void signals.emit(signal),
    stop: async (signal = 'SIGTERM') => {
      signals.emit(signal);
      return await result;
    },
  };
}

/** POSTs JSON. */
export function post(url: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}
