import type { FastifyRequest } from 'fastify';
import type { ApiError } from './api-error.js';

/** Anthropic's error object. */
export interface AnthropicError {
  readonly type: 'error';
  readonly error: {
    readonly type: string;
    readonly message: string;
    readonly details?: { readonly error_code: string; readonly param: string | null };
  };
  readonly request_id: string;
}

/** Whether the path is one of Anthropic's API, whose errors and request ids have a shape of their own. */
export function isAnthropic({ url }: Pick<FastifyRequest, 'url'>): boolean {
  return /^\/v1\/messages(?:[/?]|$)/.test(url);
}

/** The error in the shape of the API that was asked. */
export function errorBody(
  request: Pick<FastifyRequest, 'url' | 'id'>,
  error: ApiError,
): ApiError['body'] | AnthropicError {
  return isAnthropic(request) ? anthropicError(error, request.id) : error.body;
}

export function anthropicError({ status, body }: ApiError, requestId: string): AnthropicError {
  const { message, code, param } = body.error;
  const details = code === null ? {} : { details: { error_code: code, param } };
  return { type: 'error', error: { type: typeOf(status), message, ...details }, request_id: requestId };
}

function typeOf(status: number): string {
  const known = types[status];
  if (known !== undefined) return known;
  return status < 500 ? 'invalid_request_error' : 'api_error';
}

const types: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  503: 'overloaded_error',
  504: 'timeout_error',
};
