import { apiKey } from '../settings/api-key.js';

/** A failed call, in words that can be shown. `status` is 0 when there was no answer at all. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** What one call to the server sends. */
export interface ApiRequest {
  /** Sent as JSON. A FormData is sent as it is. */
  readonly body?: object;
  readonly signal?: AbortSignal;
}

/**
 * Calls the server that served this page: GET without a body, POST with one. `path` is relative ("v1/models").
 * Throws an `ApiError` for an answer that is not 2xx or for none; an abort is thrown on as it is.
 */
export async function callApi(path: string, { body, signal }: ApiRequest = {}): Promise<Response> {
  const isForm = body instanceof FormData;
  let response: Response;
  try {
    response = await fetch(new URL(path, document.baseURI), {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        ...(apiKey.value !== '' && { authorization: `Bearer ${apiKey.value}` }),
        ...(body !== undefined && !isForm && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) }),
      ...(signal && { signal }),
      cache: 'no-store',
    });
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new ApiError(0, 'The server does not answer. Is it still running?');
  }
  if (!response.ok) throw new ApiError(response.status, await errorMessage(response));
  return response;
}

/** The same, with a JSON answer. */
export async function callJson<T>(path: string, request: ApiRequest = {}): Promise<T> {
  const response = await callApi(path, request);
  return (await response.json()) as T;
}

/** Whether an error is only the caller's own Stop. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

async function errorMessage(response: Response): Promise<string> {
  const text = await response.text();
  try {
    const message: unknown = JSON.parse(text)?.error?.message;
    if (typeof message === 'string' && message !== '') return message;
  } catch {
    // Not JSON: a proxy in between answered.
  }
  const start = text.trim().slice(0, 200);
  return `The server answered ${response.status} ${response.statusText}${start === '' ? '.' : `: ${start}`}`;
}
