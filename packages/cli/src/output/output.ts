import { FerrumError } from '@ferrum/registry/errors';
import pc from 'picocolors';
import type { OutputStream } from '../environment.js';

export type Colors = ReturnType<typeof pc.createColors>;

/** One of the two output streams. */
export interface Output {
  readonly stream: OutputStream;
  readonly isTerminal: boolean;
  /** Changes nothing unless the stream is a terminal that may be coloured (https://no-color.org). */
  readonly colors: Colors;
  /**
   * Resolves once the stream has taken it. After a failure every later write fails in the same way.
   * @throws ClosedOutput when its reader has gone; FerrumError `IO` when it cannot be written (the disk is full …).
   */
  write(data: string | Uint8Array): Promise<void>;
  writeLine(text: string): Promise<void>;
}

/** The reader of a pipe has gone (`ferrum … | head -1`): nothing is wrong, and nobody is left to answer. */
export class ClosedOutput extends Error {
  constructor() {
    super('the reader of the output has gone');
    this.name = 'ClosedOutput';
  }
}

/** `name` is for people: `standard output`. */
export function createOutput(
  stream: OutputStream,
  name: string,
  variables: Readonly<Record<string, string | undefined>>,
): Output {
  const isTerminal = stream.isTTY === true;
  // Every write learns of its failure through its callback; without a listener the event would end the process.
  if (stream.listenerCount('error') === 0) stream.on('error', () => {});
  // A stream that failed is destroyed, and says no more than that of what is written to it afterwards.
  let failure: Error | undefined;
  const write = (data: string | Uint8Array) =>
    new Promise<void>((resolve, reject) => {
      stream.write(data, (error) => {
        if (error) failure ??= describeFailure(error, name);
        if (failure) reject(failure);
        else resolve();
      });
    });
  return {
    stream,
    isTerminal,
    colors: pc.createColors(isTerminal && !variables.NO_COLOR && variables.TERM !== 'dumb'),
    write,
    writeLine: (text) => write(`${text}\n`),
  };
}

function describeFailure(error: Error, name: string): Error {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED') return new ClosedOutput();
  const reason = code === 'ENOSPC' ? 'the disk is full' : error.message;
  return new FerrumError('IO', `${name[0]?.toUpperCase()}${name.slice(1)} cannot be written: ${reason}.`, {
    cause: error,
  });
}
