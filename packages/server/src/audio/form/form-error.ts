import { FerrumError } from '@ferrum/registry/errors';
import { badRequest } from '../../http/api-error.js';

/**
 * What an error in reading a form means. The parser's own are plain errors, those of the disk name a system call.
 * @param signal fires when the client has gone, or the server closes
 */
export function asFormError(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted)
    return new FerrumError('Cancelled', 'Receiving the form was cancelled.', { cause: signal.reason });
  if (FerrumError.isInstance(error)) return error;
  const { code = '', syscall, message } = error as NodeJS.ErrnoException;
  // The error handler knows it.
  if (code === 'FST_REQ_FILE_TOO_LARGE') return error;
  const described = parserErrors[code];
  if (described !== undefined) return badRequest(...described);
  if (gone.has(code)) return new FerrumError('Cancelled', 'The client has gone.', { cause: error });
  if (full.has(code)) {
    return new FerrumError('ResourceExhausted', 'The server has no room for the file now. Try again later.', {
      cause: error,
      retryAfterMs: 30_000,
    });
  }
  if (syscall !== undefined) return new FerrumError('IO', 'The server could not keep the file.', { cause: error });
  return badRequest(null, `The body is not a whole multipart/form-data form: ${message}.`, 'malformed_form');
}

/** Limits of the form, for its parser; `receiveForm` sets those of sizes. */
export const formLimits = { fields: 64, parts: 66, files: 1, fieldSize: 64 * 2 ** 10, headerPairs: 100 };

/** Bytes of all fields but the file; they are held in memory. */
export const fieldsSize = 256 * 2 ** 10;

const parserErrors: Readonly<Record<string, readonly [string | null, string, string?]>> = {
  FST_FILES_LIMIT: ['file', 'The form has more than one file. Send one in each request.'],
  FST_FIELDS_LIMIT: [null, `The form has more than ${formLimits.fields} fields.`],
  FST_PARTS_LIMIT: [null, `The form has more than ${formLimits.parts} parts.`],
  FST_PROTO_VIOLATION: [
    null,
    'A field of the form has a name that no field here has. Leave it out.',
    'unknown_parameter',
  ],
  FST_INVALID_JSON_FIELD_ERROR: [null, 'A part of the form says that it is JSON, and is not.', 'invalid_json'],
};

const full: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE']);
const gone: ReadonlySet<string> = new Set(['ECONNRESET', 'FST_MP_PREMATURE_CLOSE', 'ERR_STREAM_PREMATURE_CLOSE']);
