import type { FinishReason } from '@ferrum/interfaces';
import type { LlamaGrammar, LlamaModel, Token } from 'node-llama-cpp';
import { AnswerText } from './answer-text.js';
import type { TextCodec } from './prompt/text-codec.js';
import type { CheckedRequest } from './request.js';
import { evaluateOptions, evaluationPriorities } from './sampling/evaluate-options.js';
import { heldTokens, type SequenceSlot } from './sequence-pool.js';

export interface AnswerRun {
  readonly request: CheckedRequest;
  readonly promptTokens: readonly number[];
  /** Which answer, from 0. */
  readonly choice: number;
  /** New tokens, at most. */
  readonly maxTokens: number;
  readonly model: LlamaModel;
  readonly codec: TextCodec;
  readonly grammar: LlamaGrammar | undefined;
  /** Tokens computed in one step. */
  readonly batchSize: number;
  readonly contextLength: number;
  /** Ends the answer with what it has, and the reason `cancelled`. */
  readonly signal: AbortSignal;
}

/** What one token brought, or the end. */
export interface AnswerPart {
  readonly tokens: readonly number[];
  readonly text: string;
  /** Whether a token was chosen; also true for the one that ended the answer and is no part of it. */
  readonly isSampled: boolean;
  readonly finishReason?: FinishReason;
}

/**
 * Computes the prompt and generates one answer.
 * @param onPrompt told how many tokens were not computed, since the sequence held them, once the others were
 */
export async function* runAnswer(
  slot: SequenceSlot,
  run: AnswerRun,
  onPrompt: (cachedTokens: number) => void,
): AsyncGenerator<AnswerPart, void, undefined> {
  const { request, promptTokens, maxTokens, signal, codec } = run;
  const { stopSequences = [], stopTokens = [], ignoreEos = false } = request.sampling;
  const cached = await alignWith(slot, run);
  const rest = await readAhead(slot, promptTokens.slice(cached), run);
  if (signal.aborted) {
    yield { tokens: [], text: '', isSampled: false, finishReason: 'cancelled' };
    return;
  }
  const answer = new AnswerText(codec, stopSequences);
  const answerTokens: number[] = [];
  const options = evaluateOptions(request, { ...run, answerTokens });
  for await (const token of slot.sequence.evaluate(rest as Token[], options)) {
    if (answerTokens.length === 0) onPrompt(cached);
    const ended = endedBy(token);
    if (ended) {
      yield ending(ended, [], '');
      return;
    }
    answerTokens.push(token);
    const { text, stopped } = answer.push(token);
    if (stopped) {
      yield { tokens: [token], text, isSampled: true, finishReason: 'stop' };
      return;
    }
    const reason = answerTokens.length >= maxTokens ? 'length' : signal.aborted ? 'cancelled' : undefined;
    if (reason) {
      yield ending(reason, [token], text);
      return;
    }
    yield { tokens: [token], text, isSampled: true };
  }

  function endedBy(token: number): FinishReason | undefined {
    if (stopTokens.includes(token)) return 'stop';
    return !ignoreEos && codec.isEndOfGeneration(token) ? 'eos' : undefined;
  }

  function ending(reason: FinishReason, tokens: readonly number[], text: string): AnswerPart {
    const held = answer.finish();
    return { tokens, text: text + held.text, isSampled: true, finishReason: held.stopped ? 'stop' : reason };
  }
}

/**
 * Makes the sequence hold a beginning of the prompt and nothing else, and less than all of it, since a token must be
 * computed to go on from. Pieces of a step's size are kept, so that what is computed anew is computed in the same steps as
 * without them, to the same bit; further answers to a prompt go on from all of it.
 * @returns how many tokens it holds
 */
async function alignWith(slot: SequenceSlot, { request, promptTokens, choice, batchSize }: AnswerRun): Promise<number> {
  const { sequence } = slot;
  // Models with a sliding window or a recurrent state cannot go back to an earlier token.
  const isSame = slot.salt === request.cacheSalt && !sequence.needsCheckpoints;
  const held = isSame ? Math.min(heldTokens(slot, promptTokens), promptTokens.length - 1) : 0;
  const kept = choice > 0 ? held : held - (held % batchSize);
  slot.salt = request.cacheSalt;
  if (kept === 0) await sequence.clearHistory();
  else await sequence.eraseContextTokenRanges([{ start: kept, end: sequence.nextTokenIndex }]);
  return kept;
}

/** Computes all but the last step's tokens, and gives those. */
async function readAhead(
  { sequence }: SequenceSlot,
  tokens: readonly number[],
  { batchSize, signal, request }: AnswerRun,
): Promise<readonly number[]> {
  let from = 0;
  const evaluationPriority = evaluationPriorities[request.priority];
  while (tokens.length - from > batchSize && !signal.aborted) {
    const step = tokens.slice(from, from + batchSize) as Token[];
    await sequence.evaluateWithoutGeneratingNewTokens(step, { evaluationPriority });
    from += batchSize;
  }
  return tokens.slice(from);
}
