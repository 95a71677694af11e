import type { ChatMessage, ToolCall } from '@ferrum/interfaces';

/** The form that templates written for transformers expect: OpenAI's names, arguments as an object. */
export function toTemplateMessage(message: ChatMessage): Readonly<Record<string, unknown>> {
  const { role, content, name, toolCalls, toolCallId } = message;
  return {
    role,
    content,
    ...(name !== undefined && { name }),
    ...(toolCalls !== undefined && { tool_calls: toolCalls.map(toTemplateToolCall) }),
    ...(toolCallId !== undefined && { tool_call_id: toolCallId }),
  };
}

function toTemplateToolCall({ id, name, arguments: text }: ToolCall): Readonly<Record<string, unknown>> {
  return { id, type: 'function', function: { name, arguments: parseArguments(text) } };
}

/** A model may have written broken JSON; the template then gets its words as they are. */
function parseArguments(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
