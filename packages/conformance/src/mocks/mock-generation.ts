import type { FinishReason, InferenceRequest, StreamChunk } from '@ferrum/interfaces';
import { logprobOf, type MockCandidates, pick, randomFrom } from './mock-answer.js';
import { idOfWord } from './mock-vocabulary.js';

export interface MockGeneration {
  readonly request: InferenceRequest;
  readonly prompt: readonly string[];
  readonly cachedTokens: number;
  /** Of `performance.now()`. */
  readonly startedAt: number;
  readonly contextLength: number;
  /** What may come at each place of an answer. */
  readonly candidates: readonly (MockCandidates | Error)[];
  readonly push: (chunk: StreamChunk) => unknown;
  /** Awaited before each token. */
  readonly before: (index: number) => Promise<void>;
}

/** Generates the answers to a request, one after the other. @returns the tokens of all */
export async function generateAnswer(generation: MockGeneration): Promise<number> {
  const { request, prompt, cachedTokens, startedAt, push } = generation;
  const { sampling, id = crypto.randomUUID(), metadata = {} } = request;
  const n = sampling?.n ?? 1;
  const seed = sampling?.seed ?? Math.floor(Math.random() * 2 ** 32);
  let completionTokens = 0;
  let timeToFirstTokenMs: number | undefined;
  for (let choice = 0; choice < n; choice += 1) {
    for await (const piece of oneAnswer(generation, randomFrom(seed + choice))) {
      timeToFirstTokenMs ??= performance.now() - startedAt;
      completionTokens += piece.tokens.length;
      const isLast = piece.finishReason !== undefined && choice === n - 1;
      const promptTokens = prompt.length;
      await push({
        requestId: id,
        ...piece,
        ...(n > 1 ? { choice } : {}),
        ...(isLast
          ? {
              usage: { promptTokens, completionTokens, totalTokens: promptTokens + completionTokens, cachedTokens },
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

type Piece = Pick<StreamChunk, 'text' | 'tokens' | 'logprobs' | 'finishReason'>;

async function* oneAnswer(generation: MockGeneration, draw: () => number): AsyncGenerator<Piece> {
  const { request, prompt, contextLength, candidates, before } = generation;
  const sampling = request.preset === 'greedy' ? { temperature: 0, ...request.sampling } : (request.sampling ?? {});
  const { stopSequences = [], logprobs, topLogprobs } = sampling;
  const most = Math.min(sampling.maxTokens ?? 512, contextLength - prompt.length);
  const stop = new TextBeforeStop(stopSequences);
  for (const [index, candidate] of candidates.entries()) {
    await before(index);
    if (candidate instanceof Error) throw candidate;
    const chosen = pick(candidate, sampling, draw);
    const word = candidate[chosen] ?? '';
    const { text, isOver } = stop.push(word);
    const finishReason: FinishReason | undefined = isOver ? 'stop' : index + 1 === most ? 'length' : undefined;
    yield {
      text: finishReason === 'length' ? text + stop.rest : text,
      tokens: [idOfWord(word)],
      ...(logprobs ? { logprobs: [logprobOf(candidate, chosen, topLogprobs)] } : {}),
      ...(finishReason ? { finishReason } : {}),
    };
    if (finishReason) return;
  }
  yield { text: stop.rest, tokens: [], ...(logprobs ? { logprobs: [] } : {}), finishReason: 'eos' };
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
