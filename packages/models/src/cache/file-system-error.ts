import { FerrumError } from '@ferrum/registry/errors';

/** The environment variable that moves a folder, for the advice in errors. */
export type HomeVariable = 'FERRUM_HOME' | 'HF_HOME';

/**
 * Turns what Node throws for a file into a FerrumError: `ResourceExhausted` (disk full), `PermissionDenied`, else `IO`.
 * A FerrumError passes through. `doing` completes "Could not …".
 */
export function fileSystemError(
  error: unknown,
  path: string,
  doing: string,
  variable: HomeVariable = 'FERRUM_HOME',
): FerrumError {
  if (FerrumError.isInstance(error)) return error;
  const code = errorCode(error);
  const details = { path, ...(code === undefined ? {} : { systemCode: code }) };
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new FerrumError(
      'ResourceExhausted',
      `Could not ${doing}: the disk that holds ${path} is full. Free some space, or set ${variable} to a folder on another disk.`,
      { cause: error, details },
    );
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new FerrumError(
      'PermissionDenied',
      `Could not ${doing}: no permission to write ${path} (${code}). Set ${variable} to a folder that you may write.`,
      { cause: error, details },
    );
  }
  if (code === 'ENOTDIR' || code === 'EEXIST') {
    return new FerrumError(
      'IO',
      `Could not ${doing}: a file is in the way where ${path} should be a folder (${code}). Remove it, or set ${variable} to another folder.`,
      { cause: error, details },
    );
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new FerrumError('IO', `Could not ${doing}: ${reason}.`, { cause: error, details });
}

/** The `code` of a Node error, e.g. `ENOENT`. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** True for what the operating system refused, as against a mistake in a program. */
export function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && errorCode(error) !== undefined;
}
