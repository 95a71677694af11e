import type { EventEmitter } from 'node:events';
import type { ExitCode } from './exit-code.js';
import { exitCodes } from './exit-code.js';

/** The reason of an abort that a signal of the operating system caused. */
export class Interruption extends Error {
  readonly exitCode: ExitCode;

  constructor(signal: keyof typeof signalExitCodes) {
    super(messages[signal]);
    this.name = 'Interruption';
    this.exitCode = signalExitCodes[signal];
  }
}

const signalExitCodes = {
  SIGHUP: exitCodes.hungUp,
  SIGINT: exitCodes.interrupted,
  SIGTERM: exitCodes.terminated,
} as const;

const messages = { SIGHUP: 'the terminal was closed', SIGINT: 'interrupted', SIGTERM: 'terminated' } as const;

/**
 * Turns the first SIGHUP, SIGINT or SIGTERM into an abort, so that everything can clean up, and the second SIGINT or SIGTERM into an exit
 * (when a terminal closes, SIGHUP often comes twice: from the system and from the shell).
 * Call `stop` when the command has ended.
 */
export function listenForInterruption(
  signals: EventEmitter,
  exit: (code: number) => void,
): { readonly signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  const listeners = (['SIGHUP', 'SIGINT', 'SIGTERM'] as const).map((name) => {
    const listener = () => {
      if (!controller.signal.aborted) controller.abort(new Interruption(name));
      else if (name !== 'SIGHUP') exit(signalExitCodes[name]);
    };
    signals.on(name, listener);
    return { name, listener };
  });
  return {
    signal: controller.signal,
    stop: () => {
      for (const { name, listener } of listeners) signals.off(name, listener);
    },
  };
}
