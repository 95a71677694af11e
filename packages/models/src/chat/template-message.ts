import type { ChatMessage, ContentPart, ToolCall } from '@ferrum/interfaces';
import { shortId } from './call-ids.js';

/** What a template wants of a conversation. */
export interface MessageForm {
  /** Whether texts alone are lists of parts as well. */
  readonly contentIs: 'text' | 'parts';
  readonly argumentsAre: 'objects' | 'texts';
  readonly hasShortIds: boolean;
}

/** The form that templates written for transformers expect: OpenAI's names, arguments as an object. */
export function toTemplateMessage(message: ChatMessage, form: MessageForm): Readonly<Record<string, unknown>> {
  const { role, content, name, reasoning, toolCalls, toolCallId } = message;
  return {
    role,
    content: contentIn(form, content),
    ...(name !== undefined && { name }),
    // gpt-oss reads `thinking`.
    ...(reasoning !== undefined && { reasoning_content: reasoning, thinking: reasoning }),
    ...(toolCalls !== undefined && { tool_calls: toolCalls.map((call) => toTemplateToolCall(call, form)) }),
    ...(toolCallId !== undefined && { tool_call_id: idIn(form, toolCallId) }),
  };
}

function toTemplateToolCall(
  { id, name, arguments: text }: ToolCall,
  form: MessageForm,
): Readonly<Record<string, unknown>> {
  const given = form.argumentsAre === 'texts' ? text : parseArguments(text);
  return { id: idIn(form, id), type: 'function', function: { name, arguments: given } };
}

/** A template learns where an image is; the image itself goes to the model. */
function contentIn({ contentIs }: MessageForm, content: ChatMessage['content']): unknown {
  if (typeof content === 'string') return contentIs === 'text' ? content : [{ type: 'text', text: content }];
  const texts = content.filter((part) => part.type === 'text');
  if (contentIs === 'text' && texts.length === content.length) return texts.map(({ text }) => text).join('');
  return content.map((part: ContentPart) => (part.type === 'text' ? { ...part } : { type: 'image' }));
}

function idIn({ hasShortIds }: MessageForm, id: string): string {
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
