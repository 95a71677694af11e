import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** What a server can do wrong with a request that is in order. */
export type Misbehaviour =
  | 'status500'
  | 'status404'
  | 'busy'
  | 'busyWithoutRetryAfter'
  | 'rateLimited'
  | 'reset'
  | 'resetMidStream'
  | 'hang'
  | 'hangMidStream'
  | 'notAStream'
  | 'notJson'
  | 'noChoices'
  | 'noId'
  | 'missingDone'
  | 'doubledDone'
  | 'afterDone'
  | 'errorEvent'
  | 'noToken'
  | 'mixedIds'
  | 'wrongAnswer';

export interface TextRequest {
  readonly model: string;
  readonly messages?: readonly { readonly role: string; readonly content: string }[];
  readonly prompt?: string;
  readonly max_tokens: number;
  readonly temperature: number;
  readonly ignore_eos?: boolean;
}

export interface FakeServerOptions {
  /** `index` counts the requests in order from 0, those of `verify` and of warming up too. */
  readonly misbehave?: (request: TextRequest, index: number) => Misbehaviour | undefined;
  /** What `/v1/models` lists. */
  readonly models?: readonly object[];
  /** Asked for with every request, when it is given. */
  readonly apiKey?: string;
  readonly healthStatus?: (index: number) => number;
  /** CPU seconds and resident bytes, each time that `/metrics` is asked. */
  readonly processMetrics?: (index: number) => { readonly cpuSeconds: number; readonly rssBytes: number };
  /** Takes junk as if it were in order. */
  readonly takesJunk?: boolean;
  /** Streams until the client leaves, unless one token was asked for. */
  readonly endless?: boolean;
  readonly usage?: boolean;
}

export interface FakeServer extends AsyncDisposable {
  readonly url: string;
  /** Those in order. */
  readonly requests: readonly TextRequest[];
  /** Answers whose client left before their end. */
  readonly left: number;
  /** Most answers under way at a time. */
  readonly most: number;
  readonly headers: readonly IncomingMessage['headers'][];
}

/** Tokens that the fake template adds to a prompt of words, each a token. */
export const templateTokens = 7;

/** A server with the streaming half of OpenAI's API, whose answers depend on the prompt alone. */
export async function startFakeServer(options: FakeServerOptions = {}): Promise<FakeServer> {
  const state = {
    requests: [] as TextRequest[],
    headers: [] as IncomingMessage['headers'][],
    left: 0,
    most: 0,
    now: 0,
  };
  let healthCount = 0;
  let metricsCount = 0;
  const server = createServer(async (request, response) => {
    // A client that has gone is no matter of the server's.
    response.on('error', () => {});
    const path = request.url?.replace('/prefix', '');
    if (options.apiKey !== undefined && request.headers.authorization !== `Bearer ${options.apiKey}`) {
      return sendError(response, 401, `Incorrect API key provided: ${request.headers.authorization}`);
    }
    if (path === '/v1/models')
      return sendJson(response, 200, { object: 'list', data: options.models ?? [{ id: 'tiny' }] });
    if (path === '/health') return sendJson(response, options.healthStatus?.(healthCount++) ?? 200, { status: 'ok' });
    if (path === '/metrics' && options.processMetrics)
      return sendMetrics(response, options.processMetrics(metricsCount++));
    if (path !== '/v1/chat/completions' && path !== '/v1/completions') return sendError(response, 404, 'no such route');

    const body = await readBody(request).catch(() => undefined);
    const parsed = body === undefined ? undefined : parseRequest(body, path);
    if (typeof parsed !== 'object' && !options.takesJunk) {
      return sendError(response, parsed ?? 413, 'that is no request');
    }
    if (typeof parsed !== 'object') return sendJson(response, 200, {});
    state.requests.push(parsed);
    state.headers.push(request.headers);
    state.now += 1;
    state.most = Math.max(state.most, state.now);
    response.on('close', () => {
      state.now -= 1;
      if (!response.writableEnded) state.left += 1;
    });
    await answer(parsed, response, options.misbehave?.(parsed, state.requests.length - 1), options);
  });
  // What is cut off in the middle of its body is no matter of the server's either.
  server.on('clientError', (_error, socket) => socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: state.requests,
    headers: state.headers,
    get left() {
      return state.left;
    },
    get most() {
      return state.most;
    },
    [Symbol.asyncDispose]: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** The answer that a prompt has: as many words as it may have, each of which begins as the prompt does. */
function* pieces(request: TextRequest, endless: boolean): Generator<string> {
  const prompt = request.prompt ?? request.messages?.map(({ content }) => content).join(' ') ?? '';
  const [first] = prompt.split(' ', 1);
  const last = endless && request.max_tokens > 1 ? Number.POSITIVE_INFINITY : request.max_tokens;
  for (let index = 0; index < last; index++) yield ` ${first}-é${index}`;
}

async function answer(
  request: TextRequest,
  response: ServerResponse,
  misbehaviour: Misbehaviour | undefined,
  { endless = false, usage = true }: FakeServerOptions,
): Promise<void> {
  switch (misbehaviour) {
    case 'status500':
      return sendError(response, 500, 'it broke');
    case 'status404':
      return sendError(response, 404, `The model '${request.model}' does not exist.`);
    case 'busy':
      return sendError(response, 503, 'busy', { 'retry-after': '0' });
    case 'busyWithoutRetryAfter':
      return sendError(response, 503, 'busy');
    case 'rateLimited':
      return sendError(response, 429, 'too many', { 'retry-after': new Date().toUTCString() });
    case 'reset':
      response.socket?.destroy();
      return;
    case 'hang':
      return;
    case 'notAStream':
      return sendJson(response, 200, { choices: [] });
  }
  const chat = request.messages !== undefined;
  const id = `id-${Math.random()}`;
  const send = async (data: string) => {
    response.write(`data: ${data}\n\n`);
    await nextTurn();
  };
  const chunk = (choices: readonly object[], more: object = {}) =>
    send(JSON.stringify({ id, object: chat ? 'chat.completion.chunk' : 'text_completion', choices, ...more }));
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  if (chat) await chunk([{ index: 0, delta: { role: 'assistant', content: '' } }]);

  let count = 0;
  for (const piece of misbehaviour === 'noToken' ? [] : pieces(request, endless)) {
    if (response.destroyed) return;
    const text = misbehaviour === 'wrongAnswer' && count === 2 ? ' other' : piece;
    const choice = chat ? { index: 0, delta: { content: text } } : { index: 0, text };
    await chunk([choice], misbehaviour === 'mixedIds' && count === 2 ? { id: 'id-of-another' } : {});
    count += 1;
    if (count !== 2) continue;
    if (misbehaviour === 'resetMidStream') return void response.socket?.destroy();
    if (misbehaviour === 'hangMidStream') return;
    if (misbehaviour === 'notJson') await send('{"id":');
    if (misbehaviour === 'noChoices') await send('{"id":"x"}');
    if (misbehaviour === 'noId') await send('{"choices":[]}');
    if (misbehaviour === 'errorEvent') {
      await send('{"error":{"message":"out of memory","type":"server_error","param":null,"code":null}}');
      break;
    }
  }
  if (misbehaviour !== 'errorEvent') {
    await chunk([{ index: 0, ...(chat && { delta: {} }), finish_reason: 'length' }], { usage: null });
    const prompt = request.prompt ?? request.messages?.map(({ content }) => content).join(' ') ?? '';
    const promptTokens = prompt.split(' ').length + templateTokens;
    const counted = { prompt_tokens: promptTokens, completion_tokens: count, total_tokens: promptTokens + count };
    if (usage) await chunk([], { usage: counted });
  }
  if (misbehaviour !== 'missingDone') await send('[DONE]');
  if (misbehaviour === 'doubledDone') await send('[DONE]');
  if (misbehaviour === 'afterDone') await chunk([]);
  response.end();
}

/** The request, or the status that it is refused with. */
function parseRequest(body: string, path: string): TextRequest | number {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(body);
  } catch {
    return 400;
  }
  const prompt = path === '/v1/completions' ? typeof value.prompt === 'string' : isConversation(value.messages);
  const { model, max_tokens: maxTokens, temperature, stream } = value;
  const types = [typeof model, typeof maxTokens, typeof temperature, typeof stream].join();
  if (!prompt || types !== 'string,number,number,boolean') return 400;
  return String(model).startsWith('no-such-model') ? 404 : (value as unknown as TextRequest);
}

function isConversation(messages: unknown): boolean {
  return Array.isArray(messages) && messages.every((message) => typeof message === 'object');
}

/** @throws when there are more than 8 MiB. */
async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  // What comes behind the limit is read too, as a server does that wants its answer to be seen.
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= 8 * 1024 * 1024) chunks.push(chunk);
  }
  if (size > 8 * 1024 * 1024) throw new RangeError('too large');
  return Buffer.concat(chunks).toString();
}

function sendJson(response: ServerResponse, status: number, value: object, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
}

function sendError(response: ServerResponse, status: number, message: string, headers?: Record<string, string>): void {
  sendJson(response, status, { error: { message, type: 'x', param: null, code: null } }, headers);
}

function sendMetrics(response: ServerResponse, sample: { cpuSeconds: number; rssBytes: number }): void {
  response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' });
  response.end(
    `# HELP process_cpu_seconds_total Total.\n# TYPE process_cpu_seconds_total counter\n` +
      `process_cpu_seconds_total ${sample.cpuSeconds}\nprocess_resident_memory_bytes{a="b"} ${sample.rssBytes}\n`,
  );
}
