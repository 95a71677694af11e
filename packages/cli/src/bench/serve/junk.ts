import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectSecure } from 'node:tls';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { type JunkKind, junkKinds } from './junk-kinds.js';
import type { Outcome } from './outcome.js';
import { type RequestShape, requestBody, requestPath } from './request-shape.js';
import { type ServerClient, TimeLimit, transportFailure } from './server-client.js';
import type { ServerTarget } from './server-target.js';
import { retryAfterOf } from './stream-answer.js';

/** Size of a body that is too large, in bytes: more than the 8 MiB that Ferrum's server takes. */
const oversizeBytes = 9 * 1024 * 1024;

/** Sends requests that no server should take, of a kind chosen by chance. */
export class JunkSender {
  readonly #client: ServerClient;
  readonly #shape: RequestShape;
  readonly #random: RandomGenerator;
  /** Made once: it is large. */
  #oversize: Buffer | undefined;

  constructor(client: ServerClient, shape: RequestShape, random: RandomGenerator) {
    this.#client = client;
    this.#shape = shape;
    this.#random = random;
  }

  /** Never rejects. */
  async send(signal: AbortSignal): Promise<Outcome> {
    const kind = this.#choose(junkKinds);
    try {
      const answer = kind === 'rawGarbage' ? await this.#sendGarbage(signal) : await this.#post(kind, signal);
      return { type: 'junk', kind, ...answer };
    } catch (error) {
      if (signal.aborted) return { type: 'interrupted' };
      const failure = transportFailure(error);
      // Who sends too much, or no HTTP, may find the connection closed before there was an answer.
      const closed = failure === 'connectionReset' && (kind === 'rawGarbage' || kind === 'oversizeBody');
      return { type: 'junk', kind, answer: failure, rejected: closed };
    }
  }

  #post(kind: Exclude<JunkKind, 'rawGarbage'>, signal: AbortSignal): Promise<JunkAnswer> {
    const request = { path: requestPath(this.#shape.endpoint), body: this.#body(kind), signal };
    return this.#client.exchange(request, async ({ statusCode, headers, body }) => {
      await body.dump();
      const busy = retryAfterOf(statusCode, headers) !== undefined;
      return answerOf(statusCode, busy);
    });
  }

  #body(kind: Exclude<JunkKind, 'rawGarbage'>): string | Buffer {
    const shape = { ...this.#shape, maxTokens: 1 };
    const body = requestBody(shape, 'junk');
    switch (kind) {
      case 'brokenJson':
        return body.slice(0, uniformInt(this.#random, 1, body.length - 1));
      case 'wrongTypes':
        return JSON.stringify({ ...JSON.parse(body), ...this.#choose(wrongTypes) });
      case 'unknownModel':
        return requestBody({ ...shape, model: `no-such-model-${uniformInt(this.#random, 0, 999_999)}` }, 'junk');
      case 'oversizeBody':
        this.#oversize ??= Buffer.from(requestBody(shape, 'junk '.repeat(oversizeBytes / 5)));
        return this.#oversize;
    }
  }

  /** Bytes that are no HTTP, with the end of a head behind them, for servers that wait for one. */
  async #sendGarbage(signal: AbortSignal): Promise<JunkAnswer> {
    const bytes = Buffer.from(Array.from({ length: 256 }, () => uniformInt(this.#random, 128, 255)));
    const { target, timeoutMs } = this.#client;
    const text = await talk(target, Buffer.concat([bytes, Buffer.from('\r\n\r\n')]), timeoutMs, signal);
    const status = /^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1];
    return status === undefined ? { answer: 'connectionReset', rejected: true } : answerOf(Number(status), false);
  }

  #choose<T>(choices: readonly T[]): T {
    const choice = choices[uniformInt(this.#random, 0, choices.length - 1)];
    if (choice === undefined) throw new RangeError('There is nothing to choose from.');
    return choice;
  }
}

type JunkAnswer = Pick<Extract<Outcome, { type: 'junk' }>, 'answer' | 'rejected'>;

const wrongTypes: readonly object[] = [
  { messages: 'a text', prompt: { a: 1 } },
  { messages: [17], prompt: true },
  { max_tokens: 'many' },
  { temperature: [] },
  { model: 12 },
  { stream: 'yes' },
];

function answerOf(status: number, busy: boolean): JunkAnswer {
  return { answer: `http${status}`, rejected: (status >= 400 && status < 500) || busy };
}

/** Writes bytes to a connection of their own and reads until the other side ends it. */
function talk({ origin }: ServerTarget, bytes: Uint8Array, timeoutMs: number, signal: AbortSignal): Promise<string> {
  const { protocol, hostname, port } = new URL(origin);
  const host = hostname.replace(/^\[|\]$/g, '');
  const secure = protocol === 'https:';
  const address = { host, port: Number(port || (secure ? 443 : 80)) };
  return new Promise((resolve, reject) => {
    const socket: Socket = secure ? connectSecure({ ...address, servername: host }) : connectPlain(address);
    let text = '';
    const onAbort = () => socket.destroy(signal.reason);
    const timer = setTimeout(() => socket.destroy(new TimeLimit()), timeoutMs);
    signal.addEventListener('abort', onAbort, { once: true });
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      text += chunk;
    });
    socket.on('error', (error) => (text === '' ? reject(error) : resolve(text)));
    socket.on('close', () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      resolve(text);
    });
    socket.end(bytes);
  });
}
