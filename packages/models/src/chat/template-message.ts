import type { ChatMessage, ToolCall } from '@ferrum/interfaces';
import { shortId } from './call-ids.js';

/** What a template wants of the calls in a conversation. */
export interface CallForm {
  readonly argumentsAre: 'objects' | 'texts';
  readonly hasShortIds: boolean;
}

/** The form that templates written for transformers expect: OpenAI's names, arguments as an object. */
export function toTemplateMessage(message: ChatMessage, form: CallForm): Readonly<Record<string, unknown>> {
  const { role, content, name, reasoning, toolCalls, toolCallId } = message;
  return {
    role,
    content,
    ...(name !== undefined && { name }),
    // gpt-oss reads `thinking`.
    ...(reasoning !== undefined && { reasoning_content: reasoning, thinking: reasoning }),
    ...(toolCalls !== undefined && { tool_calls: toolCalls.map((call) => toTemplateToolCall(call, form)) }),
    ...(toolCallId !== undefined && { tool_call_id: idIn(form, toolCallId) }),
  };
}

function toTemplateToolCall(
  { id, name, arguments: text }: ToolCall,
  form: CallForm,
): Readonly<Record<string, unknown>> {
  const given = form.argumentsAre === 'texts' ? text : parseArguments(text);
  return { id: idIn(form, id), type: 'function', function: { name, arguments: given } };
}

function idIn({ hasShortIds }: CallForm, id: string): string {
  return hasShortIds ? shortId(id) : id;
}

/** A model may have written broken JSON; the template then gets its words as they are. */
function parseArguments(text: string): unknown {
  // A call without arguments often has no text at all.
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
