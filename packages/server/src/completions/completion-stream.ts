import type { StreamChunk } from '@ferrum/interfaces';
import { now, toFinishReason, toUsage } from '../generation/generation-result.js';
import { CompletionLogprobsWriter, joinLogprobs } from './completion-logprobs.js';
import { firstTokenText, sum } from './completions-response.js';
import { type MergedSource, mergeStreams } from './merge-streams.js';

export interface CompletionStreamOptions {
  readonly id: string;
  readonly model: string;
  readonly includeUsage: boolean;
  /** Answers to each prompt. */
  readonly n: number;
  /** Of each prompt, empty where it is not echoed. */
  readonly promptTexts: readonly string[];
  /** Prompts that are answered side by side. */
  readonly atOnce: number;
}

/** Chunks as the API has them, those of several prompts as they come, then the usage of all if asked for. */
export async function* completionChunks(
  streams: readonly MergedSource<StreamChunk>[],
  options: CompletionStreamOptions,
) {
  const { id, model, includeUsage, n, promptTexts, atOnce } = options;
  const common = { id, object: 'text_completion' as const, created: now(), model };
  const writers = new Map<number, CompletionLogprobsWriter>();
  const usages: NonNullable<StreamChunk['usage']>[] = [];
  for await (const { source, value } of mergeStreams(streams, atOnce)) {
    const { choice = 0, text, logprobs, promptLogprobs, finishReason, usage } = value;
    const index = source * n + choice;
    const writer = writers.get(index) ?? new CompletionLogprobsWriter();
    writers.set(index, writer);
    if (usage !== undefined) usages.push(usage);
    const parts = [
      ...(promptLogprobs
        ? [writer.add(promptLogprobs, [firstTokenText(promptLogprobs, promptTexts[source] ?? '')])]
        : []),
      ...(logprobs ? [writer.add(logprobs)] : []),
    ];
    if (text === '' && finishReason === undefined && parts.length === 0) continue;
    yield {
      ...common,
      choices: [
        {
          index,
          text,
          logprobs: parts.length > 0 ? joinLogprobs(parts) : null,
          finish_reason: finishReason === undefined ? null : toFinishReason(finishReason),
        },
      ],
      ...(includeUsage ? { usage: null } : {}),
    };
  }
  if (includeUsage) yield { ...common, choices: [], usage: toUsage(sum(usages)) };
}
