import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';
import { errorCode, fileSystemError, type HomeVariable } from './file-system-error.js';
import { makeFolder } from './make-folder.js';

export interface LockOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called once when another process (or another call in this one) holds the lock. */
  readonly onWait?: (() => void) | undefined;
  /** What the lock protects, for messages. */
  readonly what: string;
  /** Which variable moves the folder, for messages. */
  readonly variable?: HomeVariable;
}

/** A holder that was killed stops renewing its lock, which then goes stale after this time. */
const staleAfterMs = 10_000;
const renewEveryMs = 2_500;
const pollEveryMs = 200;

/**
 * Runs `action` while holding a lock that every process on the machine sees, waiting for it as long as it takes.
 * The signal that `action` gets also fires when the lock is lost (the machine slept, someone deleted it).
 * @throws FerrumError `Cancelled`, `PermissionDenied`, `ResourceExhausted`, `IO`; or what `action` throws.
 */
export async function withLock<T>(
  lockPath: string,
  options: LockOptions,
  action: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const lost = new AbortController();
  const release = await acquire(lockPath, options, lost);
  const signal = options.signal ? AbortSignal.any([options.signal, lost.signal]) : lost.signal;
  try {
    return await action(signal);
  } catch (error) {
    throw lost.signal.aborted ? lost.signal.reason : error;
  } finally {
    // A lost lock cannot be released; there is nothing left to do about it.
    await release().catch(() => undefined);
  }
}

async function acquire(lockPath: string, options: LockOptions, lost: AbortController): Promise<() => Promise<void>> {
  // Loaded here, as opening a model that is whole takes no lock.
  const { lock } = await import('proper-lockfile');
  const doing = `lock ${options.what}`;
  await makeFolder(dirname(lockPath), options.variable);
  for (let waiting = false; ; ) {
    throwIfAborted(options.signal, `Waiting for ${options.what}`);
    try {
      return await lock(lockPath, {
        lockfilePath: lockPath,
        realpath: false,
        stale: staleAfterMs,
        update: renewEveryMs,
        onCompromised: (cause) => {
          lost.abort(new FerrumError('IO', `The lock ${lockPath} was lost while it was held.`, { cause }));
        },
      });
    } catch (error) {
      if (errorCode(error) !== 'ELOCKED') throw fileSystemError(error, lockPath, doing, options.variable);
    }
    if (!waiting) {
      waiting = true;
      options.onWait?.();
    }
    await sleep(pollEveryMs, undefined, options.signal ? { signal: options.signal } : {}).catch(() => undefined);
  }
}
