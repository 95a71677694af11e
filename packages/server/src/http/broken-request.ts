import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type ApiError, apiError } from './api-error.js';

/** Answers what is not HTTP, or too slow or too large to be read as such, and closes the connection. */
export function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  // In the middle of a response, another one would be taken for a part of it.
  const { _httpMessage: response } = socket as Socket & { readonly _httpMessage?: ServerResponse };
  if (!socket.writable || error.code === 'ECONNRESET' || response?.headersSent) {
    socket.destroy();
    return;
  }
  const { status, body } = described[error.code ?? ''] ?? malformed;
  const json = JSON.stringify(body);
  socket.end(
    `HTTP/1.1 ${status} ${phrases[status]}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(json)}\r\nX-Request-Id: ${randomUUID()}\r\nConnection: close\r\n\r\n${json}`,
    () => socket.destroy(),
  );
}

const malformed = apiError(400, 'This is not an HTTP request.', { code: 'malformed_request' });

const described: Readonly<Record<string, ApiError>> = {
  HPE_HEADER_OVERFLOW: apiError(431, 'The headers are larger than this server takes.', { code: 'headers_too_large' }),
  ERR_HTTP_REQUEST_TIMEOUT: apiError(408, 'The request did not arrive in time.', { code: 'request_timeout' }),
};

const phrases: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};
