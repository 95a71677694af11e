import type { FerrumErrorCode } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';

/** OpenAI's error object, and what goes into the head of the response. */
export interface ApiError {
  readonly status: number;
  readonly body: { readonly error: ApiErrorBody };
  /** In seconds, for `Retry-After`. */
  readonly retryAfter?: number;
}

export interface ApiErrorBody {
  readonly message: string;
  readonly type:
    | 'invalid_request_error'
    | 'authentication_error'
    | 'permission_error'
    | 'rate_limit_error'
    | 'server_error';
  /** The field of the request that is wrong. */
  readonly param: string | null;
  readonly code: string | null;
}

interface ApiErrorOptions {
  readonly param?: string | null;
  readonly code?: string | null;
  readonly retryAfter?: number | undefined;
}

export function apiError(status: number, message: string, options: ApiErrorOptions = {}): ApiError {
  const { param = null, code = null, retryAfter } = options;
  return {
    status,
    body: { error: { message, type: typeOf(status), param, code } },
    ...(retryAfter === undefined ? {} : { retryAfter }),
  };
}

/** A request that is wrong in a way that no engine needs to be asked for. */
export function badRequest(param: string | null, message: string, code = 'invalid_value'): FerrumError {
  return new FerrumError('RequestValidation', message, {
    details: { ...(param === null ? {} : { apiParam: param }), apiCode: code },
  });
}

const statusOf: Readonly<Record<FerrumErrorCode, number>> = {
  RequestValidation: 400,
  InvalidParameter: 400,
  InvalidFormat: 400,
  Unsupported: 400,
  Auth: 401,
  PermissionDenied: 403,
  NotFound: 404,
  RateLimit: 429,
  ResourceExhausted: 503,
  // The engine was shut down, or the server is about to be; a client that has gone hears nothing of it.
  Cancelled: 503,
  Timeout: 504,
  AlreadyExists: 500,
  Config: 500,
  Model: 500,
  Tokenizer: 500,
  Backend: 500,
  Device: 500,
  Scheduler: 500,
  IO: 500,
  Serialization: 500,
  Network: 500,
  Internal: 500,
};

/** What an engine's error looks like to a client. */
export function apiErrorOf(error: FerrumError): ApiError {
  const status = statusOf[error.code] ?? 500;
  // Engines of many inputs name the one that is wrong, e.g. documents[3].
  const { input, parameter = input, apiParam, apiCode } = error.details;
  const param = typeof apiParam === 'string' ? apiParam : typeof parameter === 'string' ? paramOf(parameter) : null;
  return apiError(status, inWordsOfTheApi(error), {
    param,
    code: typeof apiCode === 'string' ? apiCode : codeOf(error),
    ...(status === 503 || status === 429 ? { retryAfter: retryAfterOf(error) } : {}),
  });
}

function codeOf({ code, details }: FerrumError): string {
  if (typeof details.promptTokens === 'number' || typeof details.contextLength === 'number')
    return 'context_length_exceeded';
  return snakeCase(code);
}

function retryAfterOf({ retryAfterMs = 1000 }: FerrumError): number {
  return Math.max(1, Math.ceil(retryAfterMs / 1000));
}

function typeOf(status: number): ApiErrorBody['type'] {
  if (status === 401) return 'authentication_error';
  if (status === 403) return 'permission_error';
  if (status === 429) return 'rate_limit_error';
  return status < 500 ? 'invalid_request_error' : 'server_error';
}

/** Fields whose names in the API are not simply ours in snake case. */
const renamed: Readonly<Record<string, string>> = {
  'sampling.stopSequences': 'stop',
  'sampling.stopTokens': 'stop_token_ids',
  'sampling.maxTokens': 'max_tokens',
  initialPrompt: 'prompt',
  text: 'input',
  texts: 'input',
  audio: 'file',
};

/** `sampling.topLogprobs` → `top_logprobs`, `messages.0.toolCallId` → `messages[0].tool_call_id`. */
function paramOf(parameter: string): string {
  const [, name = '', places = ''] = /^(.*?)((?:\[\d+\])*)$/s.exec(inBrackets(parameter)) ?? [];
  return `${renamed[name] ?? snakeCase(name.replace(/^sampling\./, ''))}${places}`;
}

/** The places of a list as the API writes them: `tools.0.name` → `tools[0].name`. */
export function inBrackets(field: string): string {
  return field.replaceAll(/\.(\d+)(?=[.[]|$)/g, '[$1]');
}

/** Engines name our fields between backquotes. */
function inWordsOfTheApi(error: FerrumError): string {
  return error.message.replaceAll(/`([A-Za-z0-9.]+)`/g, (quoted, name: string) =>
    isOurs(name, error) ? `\`${paramOf(name)}\`` : quoted,
  );
}

/** Whether a name in an engine's error is of a field: of a schema, a pattern or a grammar the others are the caller's own. */
export function isOurs(name: string, { details: { parameter, path } }: FerrumError): boolean {
  return name === parameter || !(typeof path === 'string' || /^sampling\.responseFormat\.\w/.test(String(parameter)));
}

function snakeCase(name: string): string {
  return name.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}
