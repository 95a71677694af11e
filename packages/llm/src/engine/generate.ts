import type { FinishReason, StreamChunk } from '@ferrum/interfaces';
import type { Tokenizer } from '@ferrum/models';
import { abortable } from '@ferrum/registry/concurrency';
import type { Matcher } from '../constraint/matcher.js';
import { TokenSampler } from '../sampling/token-sampler.js';
import type { AnswerStep } from './answer.js';
import { answerOf, beside, finishReasonOf, joined } from './answer-of.js';
import type { TokenSession } from './decoder-session.js';
import type { ReadPrompt } from './encode-prompt.js';
import type { EngineRecorder } from './engine-recorder.js';
import { type CheckedRequest, defaultMaxTokens } from './request.js';
import { labelLogprobs, tokenLabel } from './token-labels.js';

interface GenerateOptions {
  readonly session: TokenSession;
  readonly tokenizer: Tokenizer;
  readonly config: { readonly vocabularySize: number };
  readonly contextLength: number;
  readonly recorder: EngineRecorder;
  /** When the caller asked, of `performance.now()`. */
  readonly startedAt: number;
  readonly signal: AbortSignal;
  /** Where the answer has a format. */
  readonly newMatcher: (endTokens: ReadonlySet<number>) => Matcher | undefined;
}

/** Generates one answer token by token: a chunk per token, the last one with finish reason, usage and timing. */
export async function* generate(
  request: CheckedRequest,
  { tokens: prompt, plan }: ReadPrompt,
  options: GenerateOptions,
): AsyncGenerator<StreamChunk> {
  const { session, tokenizer, contextLength, recorder, startedAt, signal } = options;
  const limit = Math.min(request.maxTokens ?? defaultMaxTokens, contextLength - prompt.length);
  const ownEnds = request.ignoreEos ? new Set<number>() : tokenizer.endOfGenerationTokens;
  const endTokens = new Set([...ownEnds, ...request.stopTokens]);
  const matcher = options.newMatcher(endTokens);
  const sampler = new TokenSampler(request.sampling, {
    promptTokens: prompt,
    endTokens,
    mask: matcher,
    tokenText: (token) => tokenLabel(tokenizer, token),
    vocabularySize: options.config.vocabularySize,
  });
  const answer = answerOf(tokenizer, request, plan);
  const extend = async (tokens: readonly number[], past: number): Promise<Float32Array> => {
    const from = performance.now();
    const logits = await session.extend(tokens, past, signal);
    recorder.addTime('modelExecutionTimeMs', performance.now() - from);
    recorder.heartbeat();
    return logits;
  };

  try {
    const prefillFrom = performance.now();
    let logits = await extend(prompt, 0);
    const prefillMs = performance.now() - prefillFrom;
    let firstTokenAt: number | undefined;
    let lastTokenAt = startedAt;
    for (let count = 1; ; count++) {
      const sampleFrom = performance.now();
      if (matcher) await abortable(matcher.ready(), signal, 'The generation');
      const sampled = sampler.next(logits, answer.nextForced?.());
      const { token } = sampled;
      lastTokenAt = performance.now();
      firstTokenAt ??= lastTokenAt;
      recorder.addTime('samplingTimeMs', lastTokenAt - sampleFrom);

      let finishReason: FinishReason | undefined;
      let step: AnswerStep = { text: '', stopped: false };
      if (request.stopTokens.includes(token)) finishReason = 'stop';
      else if (ownEnds.has(token)) finishReason = 'eos';
      const isEnd = finishReason !== undefined;
      let isCut = false;
      if (!isEnd) {
        step = answer.push(token);
        isCut = step.stopped;
        if (isCut) finishReason = 'stop';
        else if (count === limit) finishReason = 'length';
      }
      if (finishReason && !isCut) {
        const rest = answer.finish();
        step = joined(step, rest);
        if (rest.stopped) finishReason = 'stop';
      }
      if (finishReason) finishReason = finishReasonOf(answer, finishReason);
      const chunk = {
        requestId: request.id,
        text: step.text,
        ...beside(step),
        tokens: isEnd ? [] : [token],
        ...(request.logprobs ? { logprobs: isEnd ? [] : [labelLogprobs(tokenizer, sampled)] } : {}),
        createdAt: new Date(),
        metadata: request.metadata,
      };
      if (!finishReason) {
        yield chunk;
        logits = await extend([token], prompt.length + count - 1);
        continue;
      }
      const completionTokens = isEnd ? count - 1 : count;
      yield {
        ...chunk,
        finishReason,
        usage: {
          promptTokens: prompt.length,
          completionTokens,
          ...(answer.reasoningTokens === undefined ? {} : { reasoningTokens: answer.reasoningTokens }),
          totalTokens: prompt.length + completionTokens,
          cachedTokens: 0,
        },
        timing: {
          timeToFirstTokenMs: firstTokenAt - startedAt,
          prefillTokensPerSecond: (1000 * prompt.length) / prefillMs,
          // Each sampled token after the first took one step, the one that ended the answer too.
          ...(count > 1 ? { decodeTokensPerSecond: (1000 * (count - 1)) / (lastTokenAt - firstTokenAt) } : {}),
          totalMs: performance.now() - startedAt,
        },
      };
      return;
    }
  } finally {
    matcher?.dispose();
  }
}
