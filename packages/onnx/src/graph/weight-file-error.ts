import { FerrumError } from '@ferrum/registry/errors';

/**
 * What Node threw for a file of weights as a FerrumError: `ResourceExhausted` (disk full), `PermissionDenied`, else `IO`.
 * `doing` completes "Cannot …" and says which file.
 */
export function weightFileError(cause: unknown, path: string, doing: string): FerrumError {
  const systemCode = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
  const options = { cause, details: { path, ...(systemCode === undefined ? {} : { systemCode }) } };
  switch (systemCode) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new FerrumError(
        'ResourceExhausted',
        `Cannot ${doing}: ${systemCode === 'ENOSPC' ? 'the disk is full' : 'the disk quota is used up'} (${systemCode}). ` +
          'Free some space, or set FERRUM_HOME to a folder on another disk.',
        options,
      );
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new FerrumError(
        'PermissionDenied',
        `Cannot ${doing}: no permission to write there (${systemCode}). Set FERRUM_HOME to a folder that you may write.`,
        options,
      );
    default:
      return new FerrumError(
        'IO',
        `Cannot ${doing}: ${cause instanceof Error ? cause.message : String(cause)}.`,
        options,
      );
  }
}
