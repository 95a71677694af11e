import type { StreamChunk, TokenUsage } from '@ferrum/interfaces';
import { eitherSignal, onAbort } from '@ferrum/registry/concurrency';
import { FerrumError, throwIfAborted } from '@ferrum/registry/errors';
import { runFailure } from '../library/failures.js';
import { type AnswerPart, type AnswerRun, runAnswer } from './answer-run.js';
import type { GenerationClock } from './generation-clock.js';
import type { SequencePool, SequenceSlot } from './sequence-pool.js';
import { TimeLimit } from './time-limit.js';

export interface GenerateParts extends Omit<AnswerRun, 'choice' | 'signal'> {
  readonly label: string;
  readonly pool: SequencePool;
  readonly clock: GenerationClock;
  /** Fires when the engine ends: what runs ends with what it has. */
  readonly ending: AbortSignal;
  /** Fires when the reader of a stream leaves. */
  readonly left: AbortSignal | undefined;
  readonly push: (chunk: StreamChunk) => void;
  /** What is known of a failure beside what the library throws. */
  readonly complaints: () => readonly string[];
  /** The request got its sequence. @returns what is told of its end */
  readonly onBegin: () => () => void;
}

/**
 * Waits for a sequence and generates every answer of a request on it, one after the other.
 * @returns tokens generated
 * @throws FerrumError `Cancelled`, `Timeout`, `Backend`
 */
export async function generate(parts: GenerateParts): Promise<number> {
  const { request, promptTokens, pool, ending, left, clock } = parts;
  const limit = new TimeLimit(request.timeoutMs);
  const callers = [request.signal, left].filter((signal) => signal !== undefined);
  const wanted = eitherSignal([limit.signal, ...callers]);
  const going = eitherSignal([ending, wanted.signal]);
  const { signal } = going;
  const requireWanted = () => {
    for (const caller of callers) throwIfAborted(caller, 'The generation');
    limit.require();
  };
  try {
    const { cacheSalt: salt, priority } = request;
    const slot = await pool.acquire({ promptTokens, salt, priority, signal });
    const onEnd = parts.onBegin();
    clock.begun();
    const answers = generateOn(slot, { ...parts, signal }, requireWanted).finally(() => {
      onEnd();
      pool.release(slot);
    });
    // Nobody waits for a step that takes long; its sequence is free after it.
    return await unlessAborted(answers, wanted.signal);
  } catch (error) {
    requireWanted();
    throw FerrumError.isInstance(error) ? error : runFailure(parts.label, error, parts.complaints());
  } finally {
    limit.clear();
    going.stop();
    wanted.stop();
  }
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = onAbort(signal, () => reject(signal.reason));
    work.then(resolve, reject).finally(stop);
  });
}

async function generateOn(
  slot: SequenceSlot,
  parts: GenerateParts & Pick<AnswerRun, 'signal'>,
  requireWanted: () => void,
): Promise<number> {
  const { request, promptTokens, clock, push } = parts;
  const { id: requestId, metadata, n } = request;
  let completionTokens = 0;
  let cachedTokens = 0;
  const usage = (): TokenUsage => {
    const totalTokens = promptTokens.length + completionTokens;
    return { promptTokens: promptTokens.length, completionTokens, totalTokens, cachedTokens };
  };
  for (let choice = 0; choice < n; choice++) {
    clock.nextAnswer();
    const onPrompt = (cached: number) => {
      if (choice === 0) cachedTokens = cached;
    };
    for await (const part of runAnswer(slot, { ...parts, choice }, onPrompt)) {
      requireWanted();
      if (part.isSampled) clock.token();
      completionTokens += part.tokens.length;
      const isLast = part.finishReason !== undefined && choice === n - 1;
      push({
        requestId,
        ...textOf(part),
        ...(n > 1 ? { choice } : {}),
        ...(isLast ? { usage: usage(), timing: clock.timing(promptTokens.length - cachedTokens) } : {}),
        createdAt: new Date(),
        metadata,
      });
    }
  }
  return completionTokens;
}

function textOf({ text, tokens, finishReason }: AnswerPart): Pick<StreamChunk, 'text' | 'tokens' | 'finishReason'> {
  return { text, tokens, ...(finishReason === undefined ? {} : { finishReason }) };
}
