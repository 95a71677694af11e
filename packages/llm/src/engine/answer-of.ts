import type { StreamChunk } from '@ferrum/interfaces';
import type { Tokenizer } from '@ferrum/models';
import type { AnswerPlan } from '../chat/answer-plan.js';
import { ChatAnswer } from '../chat/chat-answer.js';
import type { Answer, AnswerStep } from './answer.js';
import { AnswerText } from './answer-text.js';
import type { CheckedRequest } from './request.js';

/** Reads the tokens of an answer: as text, or as the plan says. */
export function answerOf(
  tokenizer: Tokenizer,
  { stopSequences, sampling }: Pick<CheckedRequest, 'stopSequences' | 'sampling'>,
  plan: AnswerPlan | undefined,
): Answer {
  return plan
    ? new ChatAnswer(tokenizer, plan, stopSequences, sampling.minTokens)
    : new AnswerText(tokenizer, stopSequences, sampling.minTokens);
}

/** Why an answer ended: one that asks for calls ends for them, unless it was cut off. */
export function finishReasonOf<Reason extends string>(answer: Answer, reason: Reason): Reason | 'tool_calls' {
  return answer.hasCalls && (reason === 'eos' || reason === 'stop') ? 'tool_calls' : reason;
}

/** Fields of a chunk for what a step says beside text. */
export function beside({
  reasoning,
  toolCalls,
  stopSequence,
}: AnswerStep): Pick<StreamChunk, 'reasoning' | 'toolCalls' | 'stopSequence'> {
  return {
    ...(stopSequence === undefined ? {} : { stopSequence }),
    ...(reasoning ? { reasoning } : {}),
    ...(toolCalls && toolCalls.length > 0 ? { toolCalls } : {}),
  };
}

/** What two steps say, one after the other. */
export function joined(first: AnswerStep, second: AnswerStep): AnswerStep {
  return {
    text: first.text + second.text,
    reasoning: (first.reasoning ?? '') + (second.reasoning ?? ''),
    toolCalls: [...(first.toolCalls ?? []), ...(second.toolCalls ?? [])],
    stopped: second.stopped,
    ...(second.stopSequence === undefined ? {} : { stopSequence: second.stopSequence }),
  };
}
