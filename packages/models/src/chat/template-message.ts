import type { ChatMessage, ToolCall } from '@ferrum/interfaces';

/** The form that templates written for transformers expect: OpenAI's names, arguments as an object. */
export function toTemplateMessage(
  message: ChatMessage,
  argumentsAre: 'objects' | 'texts' = 'objects',
): Readonly<Record<string, unknown>> {
  const { role, content, name, reasoning, toolCalls, toolCallId } = message;
  return {
    role,
    content,
    ...(name !== undefined && { name }),
    // gpt-oss reads `thinking`.
    ...(reasoning !== undefined && { reasoning_content: reasoning, thinking: reasoning }),
    ...(toolCalls !== undefined && { tool_calls: toolCalls.map((call) => toTemplateToolCall(call, argumentsAre)) }),
    ...(toolCallId !== undefined && { tool_call_id: toolCallId }),
  };
}

function toTemplateToolCall(
  { id, name, arguments: text }: ToolCall,
  argumentsAre: 'objects' | 'texts',
): Readonly<Record<string, unknown>> {
  return {
    id,
    type: 'function',
    function: { name, arguments: argumentsAre === 'texts' ? text : parseArguments(text) },
  };
}

/** A model may have written broken JSON; the template then gets its words as they are. */
function parseArguments(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
