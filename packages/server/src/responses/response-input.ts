import type { ChatMessage, ContentPart, ToolCall } from '@ferrum/interfaces';
import type { FerrumError } from '@ferrum/registry/errors';
import { joinTurns } from '../generation/join-turns.js';
import { badRequest } from '../http/api-error.js';
import { decodeDataUrl } from '../http/data-url.js';
import type { ResponseItem, ResponsePart, ResponsesFields } from './responses-schema.js';

/**
 * The conversation of a request. What an assistant thought, said and called one after the other is one turn.
 * @throws FerrumError `RequestValidation` naming the place: content that is no text, a result without its call …
 */
export function toConversation({ input, instructions }: ResponsesFields): ChatMessage[] {
  const conversation: ChatMessage[] = instructions ? [{ role: 'system', content: instructions }] : [];
  if (typeof input === 'string') return [...conversation, { role: 'user', content: input }];
  for (const [index, item] of input.entries()) {
    const turn = toTurn(item, `input[${index}]`);
    const last = conversation.at(-1);
    if (turn.role === 'assistant' && last?.role === 'assistant')
      conversation[conversation.length - 1] = joinTurns(last, turn);
    else conversation.push(turn);
  }
  return conversation;
}

/** The field that asks for tools in what was said, if any does. */
export function toolItem({ input }: ResponsesFields): string | undefined {
  if (typeof input === 'string') return undefined;
  const index = input.findIndex(({ type }) => type === 'function_call' || type === 'function_call_output');
  return index === -1 ? undefined : `input[${index}].type`;
}

/** The fields that show images, in their order. */
export function imageParts({ input }: ResponsesFields): readonly string[] {
  if (typeof input === 'string') return [];
  return input.flatMap(({ content }, index) =>
    Array.isArray(content)
      ? content.flatMap(({ type }, part) => (type === 'input_image' ? [`input[${index}].content[${part}]`] : []))
      : [],
  );
}

function toTurn(item: ResponseItem, place: string): ChatMessage {
  switch (item.type ?? 'message') {
    case 'message':
      return toMessage(item, place);
    case 'function_call': {
      const call: ToolCall = {
        id: given(item.call_id, `${place}.call_id`),
        name: given(item.name, `${place}.name`),
        arguments: given(item.arguments, `${place}.arguments`),
      };
      return { role: 'assistant', content: '', toolCalls: [call] };
    }
    case 'function_call_output':
      return {
        role: 'tool',
        content: textOf(given(item.output, `${place}.output`), ['input_text'], `${place}.output`),
        toolCallId: given(item.call_id, `${place}.call_id`),
      };
    case 'reasoning': {
      const thought = textOf(item.content ?? [], ['reasoning_text', 'text'], `${place}.content`);
      const summary = textOf(item.summary ?? [], ['summary_text'], `${place}.summary`);
      return { role: 'assistant', content: '', reasoning: thought || summary };
    }
    case 'item_reference':
      throw badRequest(
        `${place}.type`,
        `\`${place}.type\` is item_reference, but nothing is stored here. Send the item.`,
      );
  }
}

function toMessage({ role, content }: ResponseItem, place: string): ChatMessage {
  const said = given(role, `${place}.role`);
  if (said === 'user' && Array.isArray(content) && content.some(({ type }) => type === 'input_image')) {
    return { role: said, content: partsOf(content, `${place}.content`) };
  }
  const types = said === 'assistant' ? ['output_text', 'input_text', 'refusal'] : ['input_text'];
  return {
    role: said === 'developer' ? 'system' : said,
    content: textOf(given(content, `${place}.content`), types, `${place}.content`),
  };
}

function partsOf(content: readonly ResponsePart[], param: string): ContentPart[] {
  return content.map((part, index) => {
    const place = `${param}[${index}]`;
    if (part.type !== 'input_image') {
      const text = textOfPart(part, ['input_text'], place);
      return { type: 'text', text: content[index - 1]?.type === 'input_text' ? `\n${text}` : text };
    }
    if (part.file_id != null) {
      const field = `${place}.file_id`;
      throw badRequest(field, `\`${field}\`: no files are stored here; give \`image_url\`.`, 'unsupported_parameter');
    }
    const { image_url: url, detail } = part;
    const image = decodeDataUrl(given(url, `${place}.image_url`), `${place}.image_url`);
    return { type: 'image', image, ...(detail == null ? {} : { detail }) };
  });
}

function textOf(content: string | readonly ResponsePart[], types: readonly string[], param: string): string {
  if (typeof content === 'string') return content;
  return content.map((part, index) => textOfPart(part, types, `${param}[${index}]`)).join('\n');
}

function textOfPart({ type, text, refusal }: ResponsePart, types: readonly string[], place: string): string {
  if (!types.includes(type)) {
    const field = `${place}.type`;
    const message = `\`${field}\` is ${JSON.stringify(type)}; here it may be ${types.join(' or ')}.`;
    throw badRequest(field, message, 'unsupported_parameter');
  }
  const name = type === 'refusal' ? 'refusal' : 'text';
  return given(type === 'refusal' ? refusal : text, `${place}.${name}`);
}

function given<T>(value: T | null | undefined, param: string): T {
  if (value != null) return value;
  throw missing(param);
}

function missing(param: string): FerrumError {
  return badRequest(param, `The field \`${param}\` is missing.`, 'missing_required_parameter');
}
