import type { FinishReason, InferenceRequest, StreamChunk, ToolCallDelta } from '@ferrum/interfaces';
import { logprobOf, pick, randomFrom } from './mock-answer.js';
import type { MockPart } from './mock-script.js';
import { idOfWord } from './mock-vocabulary.js';

export interface MockGeneration {
  readonly request: InferenceRequest;
  readonly prompt: readonly string[];
  readonly cachedTokens: number;
  /** Of `performance.now()`. */
  readonly startedAt: number;
  readonly contextLength: number;
  /** What may come at each place of an answer. */
  readonly script: readonly (MockPart | Error)[];
  /** Whether `usage` tells thoughts from the answer. */
  readonly countsReasoning: boolean;
  readonly push: (chunk: StreamChunk) => unknown;
  /** Awaited before each token. */
  readonly before: (index: number) => Promise<void>;
}

/** Generates the answers to a request, one after the other. @returns the tokens of all */
export async function generateAnswer(generation: MockGeneration): Promise<number> {
  const { request, prompt, cachedTokens, startedAt, push, countsReasoning } = generation;
  const { sampling, id = crypto.randomUUID(), metadata = {} } = request;
  const n = sampling?.n ?? 1;
  const seed = sampling?.seed ?? Math.floor(Math.random() * 2 ** 32);
  let completionTokens = 0;
  let reasoningTokens = 0;
  let timeToFirstTokenMs: number | undefined;
  for (let choice = 0; choice < n; choice += 1) {
    for await (const piece of oneAnswer(generation, randomFrom(seed + choice))) {
      timeToFirstTokenMs ??= performance.now() - startedAt;
      completionTokens += piece.tokens.length;
      if (piece.reasoning !== undefined) reasoningTokens += piece.tokens.length;
      const isLast = piece.finishReason !== undefined && choice === n - 1;
      const promptTokens = prompt.length;
      await push({
        requestId: id,
        ...piece,
        ...(n > 1 ? { choice } : {}),
        ...(isLast
          ? {
              usage: {
                ...{ promptTokens, completionTokens, totalTokens: promptTokens + completionTokens, cachedTokens },
                ...(countsReasoning ? { reasoningTokens } : {}),
              },
              timing: { timeToFirstTokenMs, totalMs: performance.now() - startedAt },
            }
          : {}),
        createdAt: new Date(),
        metadata,
      });
    }
  }
  return completionTokens;
}

type Piece = Pick<StreamChunk, 'text' | 'reasoning' | 'toolCalls' | 'tokens' | 'logprobs' | 'finishReason'>;

async function* oneAnswer(generation: MockGeneration, draw: () => number): AsyncGenerator<Piece> {
  const { request, prompt, contextLength, script, before } = generation;
  const sampling = request.preset === 'greedy' ? { temperature: 0, ...request.sampling } : (request.sampling ?? {});
  const { stopSequences = [], logprobs, topLogprobs } = sampling;
  const most = Math.min(sampling.maxTokens ?? 512, contextLength - prompt.length);
  const stop = new TextBeforeStop(stopSequences);
  let calls = 0;
  for (const [index, part] of script.entries()) {
    await before(index);
    if (part instanceof Error) throw part;
    const { kind, candidates } = part;
    const chosen = pick(candidates, sampling, draw);
    const word = candidates[chosen] ?? '';
    // Stop sequences are looked for in the answer itself.
    const { text, isOver } = kind === 'text' ? stop.push(word) : { text: '', isOver: false };
    if (kind === 'call' && part.name !== undefined) calls += 1;
    const finishReason: FinishReason | undefined = isOver ? 'stop' : index + 1 === most ? 'length' : undefined;
    yield {
      text: finishReason === 'length' ? text + stop.rest : text,
      ...(kind === 'reasoning' ? { reasoning: word } : {}),
      ...(kind === 'call' ? { toolCalls: [deltaOf(part, calls - 1)] } : {}),
      tokens: [idOfWord(word)],
      ...(logprobs ? { logprobs: [logprobOf(candidates, chosen, topLogprobs)] } : {}),
      ...(finishReason ? { finishReason } : {}),
    };
    if (finishReason) return;
  }
  const finishReason = calls > 0 ? 'tool_calls' : 'eos';
  yield { text: stop.rest, tokens: [], ...(logprobs ? { logprobs: [] } : {}), finishReason };
}

function deltaOf({ name, arguments: piece }: MockPart & { readonly kind: 'call' }, index: number): ToolCallDelta {
  return { index, ...(name === undefined ? {} : { id: `call_${crypto.randomUUID()}`, name }), arguments: piece };
}

/** Holds back what may be the beginning of a stop sequence. */
class TextBeforeStop {
  rest = '';

  constructor(private readonly stops: readonly string[]) {}

  push(text: string): { readonly text: string; readonly isOver: boolean } {
    const all = this.rest + text;
    const found = this.stops.map((stop) => all.indexOf(stop)).filter((start) => start >= 0);
    if (found.length > 0) return { text: all.slice(0, Math.min(...found)), isOver: true };
    let safe = all.length;
    for (const stop of this.stops) {
      for (let held = Math.min(stop.length, all.length); held > 0; held -= 1) {
        if (stop.startsWith(all.slice(-held))) safe = Math.min(safe, all.length - held);
      }
    }
    this.rest = all.slice(safe);
    return { text: all.slice(0, safe), isOver: false };
  }
}
