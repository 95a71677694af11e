import type { Dispatcher } from 'undici';
import { AnswerReader } from './answer-reader.js';
import type { Outcome } from './outcome.js';
import { reasonOf, type ServerClient, transportFailure } from './server-client.js';
import { errorMessageOf } from './server-error.js';

export interface StreamRequest {
  /** `/v1/chat/completions`. */
  readonly path: string;
  /** JSON. */
  readonly body: string;
  /** When it is sent, or was meant to be (open loop), as `performance.now()` says: times are counted from there. */
  readonly startMs: number;
  /** Goes away once so many pieces have come, if it is given. */
  readonly vanishAfter?: number;
  readonly signal: AbortSignal;
}

/** Sends a request and reads its stream to the end, whatever that is. Never rejects. */
export async function streamAnswer(client: ServerClient, request: StreamRequest): Promise<Outcome> {
  const reader = new AnswerReader();
  try {
    return await client.exchange(request, (response) => readAnswer(response, reader, request, client));
  } catch (error) {
    if (request.signal.aborted) return { type: 'interrupted' };
    const detail = client.target.redact(reasonOf(error));
    return { type: 'failed', kind: transportFailure(error), detail, trace: reader.trace };
  }
}

async function readAnswer(
  { statusCode, headers, body }: Dispatcher.ResponseData,
  reader: AnswerReader,
  { startMs, vanishAfter = Number.POSITIVE_INFINITY }: StreamRequest,
  { target }: ServerClient,
): Promise<Outcome> {
  if (statusCode !== 200) {
    const detail = target.redact(errorMessageOf(await body.text()));
    const retryAfterSeconds = retryAfterOf(statusCode, headers);
    return retryAfterSeconds === undefined
      ? { type: 'failed', kind: `http${statusCode}`, detail }
      : { type: 'refused', retryAfterSeconds };
  }
  const contentType = String(headers['content-type']);
  if (!contentType.startsWith('text/event-stream')) {
    await body.dump();
    const detail = `the answer is not text/event-stream but ${target.redact(contentType)}`;
    return { type: 'failed', kind: 'malformedStream', detail };
  }
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    reader.feed(decoder.decode(chunk, { stream: true }), performance.now() - startMs);
    if (reader.pieces >= vanishAfter) {
      // The socket goes with it.
      body.destroy();
      return { type: 'vanished', trace: reader.trace };
    }
  }
  const { problem, trace } = reader;
  if (!problem) return { type: 'completed', trace };
  return { type: 'failed', kind: problem.kind, detail: target.redact(problem.detail), trace };
}

/** Seconds (RFC 9110, 10.2.3: a number of them, or a date); undefined unless the status and the header say "later". */
export function retryAfterOf(status: number, headers: Dispatcher.ResponseData['headers']): number | undefined {
  const value = headers['retry-after'];
  if ((status !== 429 && status !== 503) || typeof value !== 'string') return undefined;
  if (/^\d+$/.test(value)) return Number(value);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - Date.now()) / 1000);
}
