import type {
  InferenceRequest,
  InferenceResponse,
  LlmInferenceEngine,
  StreamChunk,
  TokenizeInput,
  TokenLogprob,
  ToolCall,
} from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import { fakeAdapters } from './fake-adapters.js';
import { fakeEngineBase } from './fake-engine-base.js';

export interface FakeLanguageModelOptions {
  /** Pieces of the answer, a token each; an error is thrown in its place. Default: the words of what was said last. */
  readonly answer?: (request: InferenceRequest) => readonly (string | Error | FakePiece)[];
  /** Awaited before each piece. */
  readonly beforePiece?: (index: number, request: InferenceRequest) => unknown;
  /** Most tokens of prompt and answer. Default 1000. */
  readonly contextLength?: number;
}

/** A token of an answer that is more than text. */
export type FakePiece = Pick<Partial<StreamChunk>, 'text' | 'reasoning' | 'toolCalls'>;

export interface FakeLanguageModel {
  readonly engine: LlmInferenceEngine;
  /** As they came. */
  readonly requests: InferenceRequest[];
  /** Generations under way. */
  readonly active: number;
}

/** A language model whose tokens are words, counted by spaces; the id of a token is its place in the answer. */
export function fakeLanguageModel(options: FakeLanguageModelOptions = {}): FakeLanguageModel {
  const { answer = wordsSaid, beforePiece, contextLength = 1000 } = options;
  const requests: InferenceRequest[] = [];
  let active = 0;

  async function* one(request: InferenceRequest, choice: number, isOneOfSeveral: boolean): AsyncGenerator<StreamChunk> {
    const { sampling = {}, signal } = request;
    const common = {
      requestId: request.id ?? 'request',
      createdAt: new Date(0),
      metadata: {},
      ...(isOneOfSeveral && { choice }),
    };
    const promptTokens = countPrompt(request);
    if (promptTokens >= contextLength) throw tooLong(promptTokens, contextLength);
    const pieces = answer(request).slice(0, sampling.maxTokens);
    if (sampling.echo) {
      yield {
        ...common,
        text: textOf(request),
        tokens: [],
        ...(sampling.logprobs && {
          promptLogprobs: words(textOf(request)).map((word, index) =>
            index === 0 ? null : logprobOf(word, index, sampling.topLogprobs),
          ),
        }),
      };
    }
    for (const [index, piece] of pieces.entries()) {
      await beforePiece?.(index, request);
      if (signal?.aborted)
        throw new FerrumError('Cancelled', 'The generation was cancelled.', { cause: signal.reason });
      if (piece instanceof Error) throw piece;
      const parts: FakePiece = typeof piece === 'string' ? { text: piece } : piece;
      const text = parts.text ?? '';
      yield {
        ...common,
        ...parts,
        text,
        tokens: [index],
        ...(sampling.logprobs && { logprobs: [logprobOf(text, index, sampling.topLogprobs)] }),
      };
    }
    const isCut = sampling.maxTokens !== undefined && answer(request).length > sampling.maxTokens;
    const calls = pieces.some((piece) => isParts(piece) && piece.toolCalls !== undefined);
    yield { ...common, text: '', tokens: [], finishReason: isCut ? 'length' : calls ? 'tool_calls' : 'eos' };
  }

  async function* inferStream(request: InferenceRequest): AsyncGenerator<StreamChunk> {
    requests.push(request);
    active += 1;
    try {
      const n = request.sampling?.n ?? 1;
      let completionTokens = 0;
      let reasoningTokens: number | undefined;
      let last: StreamChunk | undefined;
      for (let choice = 0; choice < n; choice += 1) {
        for await (const chunk of one(request, choice, n > 1)) {
          completionTokens += chunk.tokens.length;
          if (chunk.reasoning !== undefined) reasoningTokens = (reasoningTokens ?? 0) + chunk.tokens.length;
          if (last) yield last;
          last = chunk;
        }
      }
      const promptTokens = countPrompt(request);
      const usage = {
        promptTokens,
        completionTokens,
        totalTokens: promptTokens + completionTokens,
        cachedTokens: 1,
        ...(reasoningTokens !== undefined && { reasoningTokens }),
      };
      if (last) yield { ...last, usage, timing: { timeToFirstTokenMs: 10, totalMs: 20 } };
    } finally {
      active -= 1;
    }
  }

  async function infer(request: InferenceRequest): Promise<InferenceResponse> {
    const n = request.sampling?.n ?? 1;
    const choices = Array.from({ length: n }, () => ({
      text: '',
      reasoning: '',
      toolCalls: [] as ToolCall[],
      tokens: [] as number[],
      logprobs: [] as TokenLogprob[],
      finishReason: 'eos' as StreamChunk['finishReason'],
    }));
    let usage: StreamChunk['usage'];
    let promptLogprobs: StreamChunk['promptLogprobs'];
    for await (const chunk of inferStream(request)) {
      const choice = choices[chunk.choice ?? 0];
      if (choice === undefined) throw new Error('no such choice');
      choice.text += chunk.text;
      choice.reasoning += chunk.reasoning ?? '';
      for (const { index, id = '', name = '', arguments: json } of chunk.toolCalls ?? []) {
        const call = choice.toolCalls[index] ?? { id, name, arguments: '' };
        choice.toolCalls[index] = { ...call, arguments: call.arguments + json };
      }
      choice.tokens.push(...chunk.tokens);
      choice.logprobs.push(...(chunk.logprobs ?? []));
      if (chunk.finishReason) choice.finishReason = chunk.finishReason;
      usage = chunk.usage ?? usage;
      promptLogprobs = chunk.promptLogprobs ?? promptLogprobs;
    }
    const answers = choices.map(({ logprobs, reasoning, toolCalls, finishReason = 'eos', ...choice }) => ({
      ...choice,
      ...(reasoning !== '' && { reasoning }),
      ...(toolCalls.length > 0 && { toolCalls }),
      finishReason,
      ...(request.sampling?.logprobs && { logprobs }),
    }));
    const [first] = answers;
    if (first === undefined || usage === undefined) throw new Error('nothing was answered');
    return {
      ...first,
      ...(n > 1 && { choices: answers }),
      ...(promptLogprobs && { promptLogprobs }),
      requestId: request.id ?? 'request',
      usage,
      timing: { timeToFirstTokenMs: 10, totalMs: 20 },
      latencyMs: 20,
      createdAt: new Date(0),
      metadata: {},
    };
  }

  const engine: LlmInferenceEngine = {
    ...fakeEngineBase('fake-llm', () => active),
    infer,
    inferStream,
    tokenize: async (input: TokenizeInput) => {
      const pieces = words(input.messages?.map(({ content }) => content).join(' ') ?? input.prompt ?? '');
      return { tokens: pieces.map((piece) => piece.length), pieces, contextLength };
    },
    ...fakeAdapters(),
    detokenize: async (tokens) => tokens.map((token) => 'x'.repeat(token)).join(' '),
  };
  return {
    engine,
    requests,
    get active() {
      return active;
    },
  };
}

function isParts(piece: string | Error | FakePiece): piece is FakePiece {
  return typeof piece !== 'string' && !(piece instanceof Error);
}

/** With the space before each but the first. */
export function words(text: string): string[] {
  return text.match(/\s?\S+/g) ?? [];
}

function textOf({ prompt, messages }: InferenceRequest): string {
  if (typeof prompt === 'string') return prompt;
  return prompt?.join(' ') ?? messages?.map(({ content }) => content).join(' ') ?? '';
}

function wordsSaid(request: InferenceRequest): string[] {
  const said = request.messages?.at(-1)?.content;
  return words(typeof said === 'string' ? said : textOf(request));
}

function countPrompt(request: InferenceRequest): number {
  return words(textOf(request)).length;
}

function tooLong(promptTokens: number, contextLength: number): FerrumError {
  return new FerrumError(
    'RequestValidation',
    `The prompt has ${promptTokens} tokens, but the context holds ${contextLength}.`,
    {
      details: { parameter: 'prompt', promptTokens, contextLength },
    },
  );
}

function logprobOf(text: string, token: number, top = 0): TokenLogprob {
  return {
    token,
    text,
    logprob: -0.5,
    top: Array.from({ length: top }, (_, index) => ({
      token: token + index,
      text: index === 0 ? text : `${text}${index}`,
      logprob: -0.5 - index,
    })),
  };
}
