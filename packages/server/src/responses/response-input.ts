import type { ChatMessage, ToolCall } from '@ferrum/interfaces';
import type { FerrumError } from '@ferrum/registry/errors';
import { joinTurns } from '../generation/join-turns.js';
import { badRequest } from '../http/api-error.js';
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
  const types = said === 'assistant' ? ['output_text', 'input_text', 'refusal'] : ['input_text'];
  return {
    role: said === 'developer' ? 'system' : said,
    content: textOf(given(content, `${place}.content`), types, `${place}.content`),
  };
}

function textOf(content: string | readonly ResponsePart[], types: readonly string[], param: string): string {
  if (typeof content === 'string') return content;
  return content
    .map(({ type, text, refusal }, index) => {
      if (!types.includes(type)) {
        const field = `${param}[${index}].type`;
        const message = `\`${field}\` is ${JSON.stringify(type)}; here it may be ${types.join(' or ')}. Models here read text only.`;
        throw badRequest(field, message, 'unsupported_parameter');
      }
      const name = type === 'refusal' ? 'refusal' : 'text';
      return given(type === 'refusal' ? refusal : text, `${param}[${index}].${name}`);
    })
    .join('\n');
}

function given<T>(value: T | null | undefined, param: string): T {
  if (value != null) return value;
  throw missing(param);
}

function missing(param: string): FerrumError {
  return badRequest(param, `The field \`${param}\` is missing.`, 'missing_required_parameter');
}
