import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize, sep } from 'node:path';
import { answerPieces, embeddingOf, metricsText, models, transcript, voices } from './canned.js';

/** A stand-in for the server: the built page, and canned answers in the server's shapes. */
export interface FakeApi {
  readonly url: string;
  /** Every call of the API so far; bodies as text. */
  readonly calls: readonly {
    readonly path: string;
    readonly body: string;
    readonly authorization: string | undefined;
  }[];
  /** Whether the client hung up on a stream that was being held. */
  readonly hungUp: boolean;
  /** Lets go on what is held: a chat whose question has the word "hold", or speech after its first half second. */
  release(): void;
  close(): Promise<void>;
}

export interface FakeApiOptions {
  /** The folder of the built page. */
  readonly page: string;
  /** Asked of every call when given. */
  readonly apiKey?: string;
  /** Served instead of all the canned models. */
  readonly models?: readonly object[];
}

/** Starts it on a free port of 127.0.0.1. */
export async function startFakeApi(options: FakeApiOptions): Promise<FakeApi> {
  const state = new FakeState(options);
  const server = createServer((request, response) => {
    state.answer(request, response).catch((error) => {
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    calls: state.calls,
    get hungUp() {
      return state.hungUp;
    },
    release: () => state.release(),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** The policy that the real server sends with the page. */
const contentSecurityPolicy =
  "default-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'";

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.md': 'text/markdown',
};

class FakeState {
  readonly calls: { path: string; body: string; authorization: string | undefined }[] = [];
  hungUp = false;
  #held: (() => void)[] = [];
  #metricReads = 0;

  constructor(readonly options: FakeApiOptions) {}

  release(): void {
    for (const go of this.#held.splice(0)) go();
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://fake');
    const body = await readBody(request);
    const { authorization } = request.headers;
    if (!isApi(pathname)) return this.#page(pathname, response);
    this.calls.push({ path: pathname, body, authorization });
    const { apiKey } = this.options;
    if (apiKey !== undefined && authorization !== `Bearer ${apiKey}`) {
      return sendError(response, 401, 'No valid API key was given.');
    }
    switch (pathname) {
      case '/health':
        return sendJson(response, { status: 'ok', version: '0.1.0', uptime_seconds: 1, models: [] });
      case '/v1/models':
        return sendJson(response, { object: 'list', data: this.options.models ?? models });
      case '/v1/audio/voices':
        return sendJson(response, { object: 'list', data: voices[searchParams.get('model') ?? ''] ?? [] });
      case '/metrics':
        this.#metricReads += 1;
        response.end(metricsText(this.#metricReads));
        return;
      case '/v1/chat/completions':
        return this.#chat(body, response);
      case '/v1/embeddings': {
        const { input } = JSON.parse(body) as { input: string[] };
        const data = input.map((text, index) => ({ object: 'embedding', index, embedding: embeddingOf(text) }));
        return sendJson(response, { object: 'list', data, usage: { prompt_tokens: 24, total_tokens: 24 } });
      }
      case '/v1/rerank': {
        const { documents } = JSON.parse(body) as { documents: string[] };
        const results = documents.map((_, index) => ({ index, relevance_score: (index + 1) / 10 })).reverse();
        return sendJson(response, { object: 'list', results });
      }
      case '/v1/audio/transcriptions':
        if (body.includes('\r\n\r\nverbose_json\r\n')) return sendJson(response, transcript);
        response.end('WEBVTT\n\n00:00.000 --> 00:01.400\nIron is strong.\n');
        return;
      case '/v1/audio/speech':
        return this.#speech(body, response);
      default:
        return sendError(response, 404, `There is no ${pathname}.`);
    }
  }

  async #chat(body: string, response: ServerResponse): Promise<void> {
    const { messages } = JSON.parse(body) as { messages: { content: string }[] };
    const question = messages.at(-1)?.content ?? '';
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const send = (event: object) => response.write(`data: ${JSON.stringify(event)}\n\n`);
    send({ choices: [{ index: 0, delta: { role: 'assistant' }, finish_reason: null }], usage: null });
    for (const [index, content] of answerPieces.entries()) {
      if (index === 2 && question.includes('hold') && !(await this.#hold(response))) return;
      if (index === 2 && question.includes('fail')) {
        send({ error: { message: 'The engine stopped.', type: 'server_error', param: null, code: null } });
        response.end('data: [DONE]\n\n');
        return;
      }
      send({ choices: [{ index: 0, delta: { content }, finish_reason: null }], usage: null });
      await pause();
    }
    send({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage: null });
    send({ choices: [], usage: { prompt_tokens: 12, completion_tokens: 31, total_tokens: 43 } });
    response.end('data: [DONE]\n\n');
  }

  async #speech(body: string, response: ServerResponse): Promise<void> {
    const { response_format } = JSON.parse(body) as { response_format: string };
    if (response_format !== 'pcm') {
      response.end(Buffer.alloc(1000));
      return;
    }
    // One second of a quiet 440 Hz tone, cut in the middle of a sample.
    const tone = new Int16Array(24_000).map((_, index) => 2000 * Math.sin((2 * Math.PI * 440 * index) / 24_000));
    const bytes = Buffer.from(tone.buffer);
    response.write(bytes.subarray(0, 24_001));
    if (!(await this.#hold(response))) return;
    response.end(bytes.subarray(24_001));
  }

  /** Waits for `release`. False when the client went away first. */
  #hold(response: ServerResponse): Promise<boolean> {
    return new Promise((resolve) => {
      this.#held.push(() => resolve(true));
      response.once('close', () => {
        this.hungUp = true;
        resolve(false);
      });
    });
  }

  async #page(pathname: string, response: ServerResponse): Promise<void> {
    const file = normalize(join(this.options.page, pathname === '/' ? 'index.html' : pathname));
    const content = file.startsWith(this.options.page + sep) ? await readFile(file).catch(() => undefined) : undefined;
    if (!content) return sendError(response, 404, `There is no ${pathname}.`);
    response.writeHead(200, {
      'content-type': types[extname(file)] ?? 'application/octet-stream',
      'content-security-policy': contentSecurityPolicy,
    });
    response.end(content);
  }
}

function isApi(path: string): boolean {
  return path.startsWith('/v1/') || path === '/health' || path === '/metrics';
}

function sendJson(response: ServerResponse, value: object): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}

function sendError(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ error: { message, type: 'invalid_request_error', param: null, code: null } }));
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('latin1');
}

/** Long enough for each piece to travel by itself. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}
