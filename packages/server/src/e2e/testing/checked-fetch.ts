import { expectValid } from '../../testing/openai-schemas.js';

/** A fetch for clients, and what it learns of the responses. */
export interface CheckedFetch {
  readonly fetch: typeof fetch;
  /** Requests sent, retries included. */
  readonly sent: { readonly path: string; readonly headers: Headers }[];
  /** Waits until every response was read, and throws if one is not as OpenAI documents it. */
  settled(): Promise<void>;
}

/** Reads every response beside the client, and checks it by the schemas of OpenAI's API document. */
export function checkedFetch(): CheckedFetch {
  const sent: CheckedFetch['sent'] = [];
  const checks: Promise<void>[] = [];
  return {
    sent,
    settled: async () => {
      await Promise.all(checks);
    },
    fetch: async (input, init) => {
      const request = new Request(input, init);
      const { pathname } = new URL(request.url);
      sent.push({ path: pathname, headers: request.headers });
      const response = await fetch(request);
      const check = checkResponse(pathname, response.clone());
      // It is awaited later; until then nobody else may report it.
      check.catch(() => {});
      checks.push(check);
      return response;
    },
  };
}

async function checkResponse(path: string, response: Response): Promise<void> {
  let text: string;
  try {
    text = await response.text();
  } catch {
    // The client left in the middle of a stream.
    return;
  }
  const type = response.headers.get('content-type') ?? '';
  if (response.status >= 400) {
    expectValid('ErrorResponse', JSON.parse(text));
  } else if (type.startsWith('text/event-stream')) {
    for (const data of dataOf(text)) checkEvent(path, data);
  } else if (type.startsWith('application/json')) {
    checkBody(path, JSON.parse(text));
  }
}

// biome-ignore lint/suspicious/noExplicitAny: whatever came
function checkBody(path: string, body: any): void {
  const isVerbose = 'duration' in body;
  switch (path) {
    case '/v1/chat/completions':
      expectValid('CreateChatCompletionResponse', body);
      break;
    case '/v1/completions':
      expectValid('CreateCompletionResponse', { ...body, choices: body.choices.map(withoutNulls) });
      break;
    case '/v1/embeddings':
      expectValid('CreateEmbeddingResponse', { ...body, data: body.data.map(decoded) });
      break;
    case '/v1/models':
      expectValid('ListModelsResponse', body);
      break;
    case '/v1/audio/transcriptions':
      expectValid(`CreateTranscriptionResponse${isVerbose ? 'Verbose' : ''}Json`, body);
      break;
    case '/v1/audio/translations':
      expectValid(`CreateTranslationResponse${isVerbose ? 'Verbose' : ''}Json`, body);
      break;
    default:
      // The rest is no API of OpenAI's.
      if (path.startsWith('/v1/models/')) expectValid('Model', body);
  }
}

/** OpenAI's schema knows no base64, which its client asks for. */
function decoded({ embedding, ...rest }: { readonly embedding: string | number[] }): object {
  if (typeof embedding !== 'string') return { ...rest, embedding };
  const { buffer, byteOffset, length } = Buffer.from(embedding, 'base64');
  return { ...rest, embedding: [...new Float32Array(buffer.slice(byteOffset, byteOffset + length))] };
}

interface CompletionChoice {
  readonly finish_reason: string | null;
  readonly logprobs: { readonly token_logprobs: (number | null)[]; readonly top_logprobs: (object | null)[] } | null;
}

/** OpenAI's schema does not say that the first token of an echoed prompt has null, which its API sends. */
function withoutNulls({ logprobs, ...choice }: CompletionChoice): object {
  if (logprobs === null) return { ...choice, logprobs };
  const [tokens, tops] = [logprobs.token_logprobs, logprobs.top_logprobs];
  const first = tokens[0] === null && tops[0] === null ? 1 : 0;
  return { ...choice, logprobs: { ...logprobs, token_logprobs: tokens.slice(first), top_logprobs: tops.slice(first) } };
}

const eventSchemas: Readonly<Record<string, string>> = {
  'transcript.text.delta': 'TranscriptTextDeltaEvent',
  'transcript.text.segment': 'TranscriptTextSegmentEvent',
  'transcript.text.done': 'TranscriptTextDoneEvent',
  'speech.audio.delta': 'SpeechAudioDeltaEvent',
  'speech.audio.done': 'SpeechAudioDoneEvent',
};

function checkEvent(path: string, data: string): void {
  if (data === '[DONE]') return;
  const event = JSON.parse(data);
  if (path === '/v1/responses') return;
  if ('error' in event) expectValid('ErrorResponse', event);
  else if (path === '/v1/chat/completions') expectValid('CreateChatCompletionStreamResponse', event);
  else if (path === '/v1/completions') expectValid('CreateCompletionResponse', asWhole(event));
  else expectValid(eventSchemas[event.type] ?? `schema of ${event.type}`, event);
}

interface CompletionChunk {
  readonly choices: readonly CompletionChoice[];
  readonly usage?: object | null;
}

/** OpenAI has only the schema of a whole completion; in a stream, what comes at its end is null before. */
function asWhole({ choices, usage, ...rest }: CompletionChunk): object {
  const ended = choices.map((choice) => ({ ...withoutNulls(choice), finish_reason: choice.finish_reason ?? 'stop' }));
  return { ...rest, choices: ended, ...(usage != null && { usage }) };
}

/** @throws Error for anything but blocks of one `data:` line each, or of a name and one `data:` line. */
function dataOf(text: string): string[] {
  const blocks = text.split('\n\n');
  if (blocks.pop() !== '') throw new Error('the stream does not end with an empty line');
  return blocks.map((block) => {
    const { name, data } = /^(?:event: (?<name>[\w.]+)\n)?data: (?<data>.*)$/.exec(block)?.groups ?? {};
    if (data === undefined) throw new Error(`not an event: ${block}`);
    if (name !== undefined && JSON.parse(data).type !== name) throw new Error(`an event of another name: ${block}`);
    return data;
  });
}
