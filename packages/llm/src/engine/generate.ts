import type { FinishReason, StreamChunk } from '@ferrum/interfaces';
import type { Tokenizer } from '@ferrum/models';
import { TokenSampler } from '../sampling/token-sampler.js';
import { AnswerText } from './answer-text.js';
import type { DecoderSession } from './decoder-session.js';
import type { EngineRecorder } from './engine-recorder.js';
import { type CheckedRequest, defaultMaxTokens } from './request.js';
import { labelLogprobs, tokenLabel } from './token-labels.js';

interface GenerateOptions {
  readonly session: DecoderSession;
  readonly tokenizer: Tokenizer;
  readonly config: { readonly vocabularySize: number };
  readonly contextLength: number;
  readonly recorder: EngineRecorder;
  /** When the caller asked, of `performance.now()`. */
  readonly startedAt: number;
  readonly signal: AbortSignal;
}

/** Generates one answer token by token: a chunk per token, the last one with finish reason, usage and timing. */
export async function* generate(
  request: CheckedRequest,
  prompt: readonly number[],
  options: GenerateOptions,
): AsyncGenerator<StreamChunk> {
  const { session, tokenizer, contextLength, recorder, startedAt, signal } = options;
  const limit = Math.min(request.maxTokens ?? defaultMaxTokens, contextLength - prompt.length);
  const ownEnds = request.ignoreEos ? new Set<number>() : tokenizer.endOfGenerationTokens;
  const sampler = new TokenSampler(request.sampling, {
    promptTokens: prompt,
    endTokens: new Set([...ownEnds, ...request.stopTokens]),
    tokenText: (token) => tokenLabel(tokenizer, token),
    vocabularySize: options.config.vocabularySize,
  });
  const answer = new AnswerText(tokenizer, request.stopSequences, request.sampling.minTokens);
  const extend = async (tokens: readonly number[], past: number): Promise<Float32Array> => {
    const from = performance.now();
    const logits = await session.extend(tokens, past, signal);
    recorder.addTime('modelExecutionTimeMs', performance.now() - from);
    recorder.heartbeat();
    return logits;
  };

  const prefillFrom = performance.now();
  let logits = await extend(prompt, 0);
  const prefillMs = performance.now() - prefillFrom;
  let firstTokenAt: number | undefined;
  let lastTokenAt = startedAt;
  for (let count = 1; ; count++) {
    const sampleFrom = performance.now();
    const sampled = sampler.next(logits);
    const { token } = sampled;
    lastTokenAt = performance.now();
    firstTokenAt ??= lastTokenAt;
    recorder.addTime('samplingTimeMs', lastTokenAt - sampleFrom);

    let finishReason: FinishReason | undefined;
    let text = '';
    if (request.stopTokens.includes(token)) finishReason = 'stop';
    else if (ownEnds.has(token)) finishReason = 'eos';
    const isEnd = finishReason !== undefined;
    let isCut = false;
    if (!isEnd) {
      const next = answer.push(token);
      text = next.text;
      isCut = next.stopped;
      if (isCut) finishReason = 'stop';
      else if (count === limit) finishReason = 'length';
    }
    if (finishReason && !isCut) {
      const rest = answer.finish();
      text += rest.text;
      if (rest.stopped) finishReason = 'stop';
    }
    const chunk = {
      requestId: request.id,
      text,
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
}
