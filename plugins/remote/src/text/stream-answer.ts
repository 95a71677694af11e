import type { GenerationTiming, StreamChunk, TokenUsage } from '@ferrum/interfaces';
import { invalidAnswer } from '../http/failure.js';
import { checkAnswer } from '../http/read-body.js';
import { cutShort, type EventStream } from '../http/read-events.js';
import { eventSchema, toFinishReason, toUsage } from './answer-schema.js';
import type { CheckedRequest } from './check-request.js';
import { TextBeforeStop } from './text-before-stop.js';

/**
 * The chunks of a streamed answer. Texts are passed on as they come; the end of an answer is held until the next event, so
 * that the very last chunk can carry usage (which is absent where the server tells none) and timing.
 * @throws FerrumError `Network` for an answer cut short, `Backend` for a wrong one
 */
export async function* streamAnswer(
  { url, events }: EventStream,
  request: CheckedRequest,
  startedAt: number,
): AsyncGenerator<StreamChunk, void, undefined> {
  const finished = new Set<number>();
  const answers = Array.from({ length: request.n }, () => new TextBeforeStop(request.sampling.stopSequences));
  const clock = new GenerationClock(startedAt);
  let held: StreamChunk | undefined;
  let usage: TokenUsage | undefined;
  for await (const event of events) {
    const { choices, usage: told } = checkAnswer(url, eventSchema, event);
    if (told) usage = toUsage(told);
    for (const { index, text, delta, finish_reason: reason, stop_reason: stopReason } of choices) {
      const answer = answers[index];
      const came = text ?? delta?.content ?? '';
      // Some tell usage in an event more, with a choice in it that says nothing.
      if (finished.has(index) && came === '') continue;
      if (answer === undefined || finished.has(index)) {
        throw invalidAnswer(url, `answers wrongly: there is more of choice ${index} than was asked for.`);
      }
      if (came !== '') clock.tick();
      const piece = answer.push(came);
      if (typeof reason === 'string') {
        if (held !== undefined) yield held;
        finished.add(index);
        const finishReason = answer.isOver ? 'stop' : toFinishReason(reason, stopReason, request);
        held = { ...chunkOf(request, index, piece + answer.end()), finishReason };
      } else if (piece !== '') {
        yield chunkOf(request, index, piece);
      }
    }
  }
  if (held === undefined || finished.size < request.n) throw cutShort(url);
  yield { ...held, ...(usage && { usage }), timing: clock.timing(usage) };
}

function chunkOf({ id, n, metadata }: CheckedRequest, index: number, text: string): StreamChunk {
  return { requestId: id, text, tokens: [], ...(n > 1 && { choice: index }), createdAt: new Date(), metadata };
}

/** Takes the time of pieces as they arrive, network included. */
class GenerationClock {
  #first: number | undefined;
  #last = 0;

  constructor(private readonly startedAt: number) {}

  tick(): void {
    this.#last = performance.now();
    this.#first ??= this.#last;
  }

  timing(usage: TokenUsage | undefined): GenerationTiming {
    const now = performance.now();
    const first = this.#first ?? now;
    const decodeMs = this.#last - first;
    const after = (usage?.completionTokens ?? 0) - 1;
    return {
      timeToFirstTokenMs: first - this.startedAt,
      ...(after > 0 && decodeMs > 0 && { decodeTokensPerSecond: (1000 * after) / decodeMs }),
      totalMs: now - this.startedAt,
    };
  }
}
