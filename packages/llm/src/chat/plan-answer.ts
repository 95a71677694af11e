import type { ChatMessage } from '@ferrum/interfaces';
import type { ChatTemplate } from '@ferrum/models';
import type { ConstraintSpec } from '../constraint/constraint-spec.js';
import { type AnswerPlan, answerConstraint, type ReasoningPlan } from './answer-plan.js';
import type { ChatOptions } from './chat-options.js';
import { fallbackFormat, toolCallFormats } from './formats/index.js';
import { renderChat } from './render-chat.js';
import { traitsOf } from './template-traits.js';
import { toolSetOf } from './tool-set.js';

/** @param text the rendered conversation, with the opening of the assistant's turn. */
export function planAnswer(
  messages: readonly ChatMessage[],
  options: ChatOptions,
  template: ChatTemplate,
  text: string,
  responseFormat: ConstraintSpec | undefined,
): AnswerPlan {
  const traits = traitsOf(template);
  const tools = toolSetOf(options.tools, options.toolChoice, options.parallelToolCalls);
  const format =
    options.toolCallFormat === undefined ? traits.toolCallFormat : toolCallFormats.get(options.toolCallFormat);
  const calls = tools && { format: format ?? fallbackFormat, tools };
  const reasoning = traits.reasoning && {
    ...traits.reasoning,
    state: stateOf(traits.reasoning, openingOf(messages, options, template, text)),
    budget: options.reasoning?.maxTokens ?? Number.POSITIVE_INFINITY,
  };
  return { calls, reasoning, constraint: answerConstraint(responseFormat, calls, reasoning) };
}

/** What the template puts after the conversation. */
function openingOf(
  messages: readonly ChatMessage[],
  options: ChatOptions,
  template: ChatTemplate,
  text: string,
): string {
  const before = renderChat(messages, options, template, false);
  if (text.startsWith(before)) return text.slice(before.length);
  // Some write the last turn otherwise when it is the last.
  let common = 0;
  while (common < before.length && before[common] === text[common]) common += 1;
  return text.slice(common);
}

function stateOf({ open, close }: { open: string; close: string }, opening: string): ReasoningPlan['state'] {
  const [opened, closed] = [opening.lastIndexOf(open), opening.lastIndexOf(close)];
  if (closed > opened) return 'over';
  return opened >= 0 ? 'inside' : 'maybe';
}
