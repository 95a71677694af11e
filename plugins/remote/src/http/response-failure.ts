import type { FerrumErrorCode } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';
import type { Failure } from './failure.js';

/** OpenAI's error body, vLLM's older one without `error` around it, and FastAPI's `detail`. */
const errorFields = v.object({
  message: v.string(),
  param: v.nullish(v.unknown()),
  code: v.nullish(v.unknown()),
});
const bodySchema = v.union([
  v.pipe(
    v.object({ error: errorFields }),
    v.transform(({ error }) => error),
  ),
  v.pipe(
    v.object({ error: v.string() }),
    v.transform(({ error }) => ({ message: error, param: undefined, code: undefined })),
  ),
  errorFields,
  v.pipe(
    v.object({ detail: v.unknown() }),
    v.transform(({ detail }) => ({
      message: typeof detail === 'string' ? detail : JSON.stringify(detail),
      param: undefined,
      code: undefined,
    })),
  ),
]);

export interface ErrorResponse {
  /** Of the server. */
  readonly url: string;
  readonly path: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** What an answer with another status than 200 means. */
export function responseFailure(response: ErrorResponse): Failure {
  const { url, path, status, headers } = response;
  const { message, param, code } = bodyOf(response);
  const retryAfterMs = retryAfterOf(headers);
  const ferrumCode = codeOf(status, code);
  const error = new FerrumError(ferrumCode, `${url} answered /${path} with ${status}: ${message}`, {
    details: {
      ...{ url, status },
      ...(typeof param === 'string' && { parameter: param }),
      ...(typeof code === 'string' && { apiCode: code }),
    },
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
  return {
    error,
    // 501 is about the request: the server lacks what it asks for, and does the rest well.
    isServerFault: status >= 500 && status !== 501,
    // 504: what stands before the server gave up waiting, but the server may still be at it.
    mayRetry: [429, 500, 502, 503].includes(status),
  };
}

/** What `{error}` means where an answer was to be; undefined for something else. @param where for people: `in its answer` */
export function toldError(url: string, body: unknown, where: string): FerrumError | undefined {
  if (typeof body !== 'object' || body === null || !('error' in body) || body.error === null) return undefined;
  const { message, code } = errorOf(body) ?? { message: shorten(JSON.stringify(body)), code: undefined };
  const known = typeof code === 'string' ? ownCodes.get(code) : undefined;
  return new FerrumError(known ?? 'Backend', `${url} failed ${where}: ${message}`, {
    details: { url, ...(typeof code === 'string' && { apiCode: code }) },
  });
}

/** What a longer number says, in ms: so far goes a date. */
const longestWait = 8.64e15;

/** In ms, of the header in seconds or as a date (RFC 9110), or of OpenAI's in ms. */
export function retryAfterOf(headers: ErrorResponse['headers'], now = Date.now()): number | undefined {
  const milliseconds = Number.parseFloat(String(headers['retry-after-ms']));
  if (milliseconds >= 0 && milliseconds < longestWait) return milliseconds;
  const value = String(headers['retry-after'] ?? '').trim();
  if (/^\d+(\.\d+)?$/.test(value)) return Math.min(Number(value) * 1000, longestWait);
  const date = /[a-z]/i.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function bodyOf({ text, status, headers }: ErrorResponse) {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    const redirect = status < 400 && headers.location !== undefined ? ` to ${String(headers.location)}` : '';
    return {
      message: text.trim() === '' ? `no message${redirect}.` : shorten(text),
      param: undefined,
      code: undefined,
    };
  }
  return errorOf(body) ?? { message: shorten(text), param: undefined, code: undefined };
}

function errorOf(body: unknown) {
  const result = v.safeParse(bodySchema, body);
  return result.success ? { ...result.output, message: shorten(result.output.message) } : undefined;
}

function codeOf(status: number, code: unknown): FerrumErrorCode {
  const own = typeof code === 'string' ? ownCodes.get(code) : undefined;
  // Another Ferrum says which of several kinds it is.
  if (status === 400 && own !== undefined) return own;
  // Neither 200 nor an error: no API answers so.
  if (status < 400) return 'Backend';
  if (status < 500) return byStatus[status] ?? 'RequestValidation';
  return byStatus[status] ?? 'Backend';
}

const byStatus: Readonly<Partial<Record<number, FerrumErrorCode>>> = {
  401: 'Auth',
  403: 'PermissionDenied',
  404: 'NotFound',
  405: 'NotFound',
  408: 'Timeout',
  429: 'RateLimit',
  501: 'Unsupported',
  503: 'ResourceExhausted',
  504: 'Timeout',
};

/** As Ferrum's server writes them. */
const ownCodes: ReadonlyMap<string, FerrumErrorCode> = new Map([
  ['invalid_parameter', 'InvalidParameter'],
  ['invalid_format', 'InvalidFormat'],
  ['unsupported', 'Unsupported'],
  ['unsupported_parameter', 'Unsupported'],
  ['model_not_supported', 'Unsupported'],
  ['request_validation', 'RequestValidation'],
  ['context_length_exceeded', 'RequestValidation'],
  ['resource_exhausted', 'ResourceExhausted'],
  ['timeout', 'Timeout'],
]);

/** A page of HTML says little after its first words, and what steers a terminal says nothing. */
function shorten(text: string): string {
  const plain = text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
  return plain.length > 500 ? `${plain.slice(0, 500)}…` : plain;
}
