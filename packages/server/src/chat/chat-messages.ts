import type { ChatMessage } from '@ferrum/interfaces';
import { badRequest } from '../http/api-error.js';
import type { ContentPart, MessageFields } from './chat-schema.js';

/** @throws FerrumError `RequestValidation` for content that is no text, naming its place. */
export function toMessages(messages: readonly MessageFields[]): ChatMessage[] {
  return messages.map(({ role, content, refusal, name }, index) => {
    if (refusal != null) checkRefusal(role, content, `messages[${index}].refusal`);
    return {
      role: role === 'developer' ? 'system' : role,
      content: textOf(role, content ?? refusal, `messages[${index}].content`),
      ...(name == null ? {} : { name }),
    };
  });
}

function checkRefusal(role: MessageFields['role'], content: MessageFields['content'], param: string): void {
  if (role !== 'assistant') throw badRequest(param, `\`${param}\` is of the assistant only.`);
  if (content != null) throw badRequest(param, `\`${param}\` stands in place of the content; give one of the two.`);
}

function textOf(
  role: MessageFields['role'],
  content: string | readonly ContentPart[] | null | undefined,
  param: string,
): string {
  if (typeof content === 'string') return content;
  if (content == null) {
    if (role === 'assistant') return '';
    throw badRequest(param, `\`${param}\` is missing. Give a text.`, 'missing_required_parameter');
  }
  return content.map((part, index) => textOfPart(role, part, `${param}[${index}]`)).join('\n');
}

function textOfPart(role: MessageFields['role'], part: ContentPart, param: string): string {
  if (part.type !== 'text' && !(part.type === 'refusal' && role === 'assistant')) {
    throw badRequest(
      `${param}.type`,
      `\`${param}.type\` is ${part.type}, but models here read text only.`,
      'unsupported_parameter',
    );
  }
  const { [part.type]: text, type, ...rest } = part;
  // A hint about caching is no content, and null is nothing.
  const foreign = Object.entries(rest).find(([name, value]) => name !== 'prompt_cache_breakpoint' && value !== null);
  if (foreign)
    throw badRequest(`${param}.${foreign[0]}`, `There is no field \`${param}.${foreign[0]}\`.`, 'unknown_parameter');
  if (text === undefined)
    throw badRequest(`${param}.${type}`, `The field \`${param}.${type}\` is missing.`, 'missing_required_parameter');
  return text;
}
