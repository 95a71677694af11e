import type { ChatMessage, ImagePart } from '@ferrum/interfaces';
import { joinTurns } from '../generation/join-turns.js';
import { badRequest } from '../http/api-error.js';
import { decodeDataUrl } from '../http/data-url.js';
import type { ContentBlock } from './block-schema.js';
import { checkBlock, checkFields, given, textOf } from './blocks.js';
import type { CountTokensFields, MessageFields } from './messages-schema.js';

/**
 * The conversation of a request. What one role says in several blocks or messages one after the other is one turn; every
 * result of a tool is a turn of its own.
 * @throws FerrumError `RequestValidation` naming the place: a block of a kind that is not read, a result without its call …
 */
export function toConversation({ system, messages }: Pick<CountTokensFields, 'system' | 'messages'>): ChatMessage[] {
  const told = system == null ? '' : textOf(system, 'system');
  const conversation: ChatMessage[] = told === '' ? [] : [{ role: 'system', content: told }];
  const calls = new Set<string>();
  for (const [index, message] of messages.entries()) {
    for (const turn of turnsOf(message, `messages[${index}]`, calls)) {
      const last = conversation.at(-1);
      if (last?.role === turn.role && turn.role !== 'tool')
        conversation[conversation.length - 1] = joinTurns(last, turn);
      else conversation.push(turn);
    }
  }
  if (conversation.length > mostTurns) throw badRequest('messages', `\`messages\` have more than ${mostTurns} turns.`);
  const last = messages.length - 1;
  if (messages[last]?.role === 'assistant') {
    const param = `messages[${last}].role`;
    throw badRequest(
      param,
      `\`${param}\` is assistant, but models here do not go on with a turn that was begun. End with one of the user.`,
      'unsupported_parameter',
    );
  }
  return conversation;
}

const mostTurns = 10_000;

/** The field that asks for tools in what was said, if any does. */
export function toolBlock({ messages }: Pick<CountTokensFields, 'messages'>): string | undefined {
  for (const [index, { content }] of messages.entries()) {
    if (typeof content === 'string') continue;
    const at = content.findIndex(({ type }) => type === 'tool_use' || type === 'tool_result');
    if (at !== -1) return `messages[${index}].content[${at}].type`;
  }
  return undefined;
}

/** The fields that show images, in their order. */
export function imageBlocks({ messages }: Pick<CountTokensFields, 'messages'>): readonly string[] {
  return messages.flatMap(({ content }, index) =>
    typeof content === 'string'
      ? []
      : content.flatMap(({ type }, at) => (type === 'image' ? [`messages[${index}].content[${at}]`] : [])),
  );
}

/** @param calls the ids of those before, to which its own are added */
function* turnsOf({ role, content }: MessageFields, place: string, calls: Set<string>): Generator<ChatMessage> {
  if (typeof content === 'string') {
    yield { role, content };
    return;
  }
  for (const [index, block] of content.entries()) {
    const at = `${place}.content[${index}]`;
    checkBlock(block, typesOf[role], at);
    yield turnOf(role, block, at, calls);
  }
}

const typesOf = {
  user: ['text', 'image', 'tool_result'],
  assistant: ['text', 'thinking', 'tool_use'],
  system: ['text'],
} as const;

function turnOf(role: MessageFields['role'], block: ContentBlock, place: string, calls: Set<string>): ChatMessage {
  switch (block.type) {
    case 'thinking':
      return { role, content: '', reasoning: given(block.thinking, `${place}.thinking`) };
    case 'tool_use': {
      const id = given(block.id, `${place}.id`);
      const name = given(block.name, `${place}.name`);
      const input = JSON.stringify(given(block.input, `${place}.input`));
      calls.add(id);
      return { role, content: '', toolCalls: [{ id, name, arguments: input }] };
    }
    case 'image':
      return { role, content: [imageOf(block, place)] };
    case 'tool_result':
      return resultOf(block, place, calls);
    default:
      return { role, content: given(block.text, `${place}.text`) };
  }
}

function resultOf({ tool_use_id, content, is_error }: ContentBlock, place: string, calls: Set<string>): ChatMessage {
  const param = `${place}.tool_use_id`;
  const toolCallId = given(tool_use_id, param);
  if (!calls.has(toolCallId))
    throw badRequest(
      param,
      `\`${param}\` is ${JSON.stringify(toolCallId)}, which no \`tool_use\` before it has as its id.`,
    );
  const text = content == null ? '' : textOf(content, `${place}.content`);
  // Clients often write the word themselves.
  const isTold = is_error !== true || /^error/i.test(text);
  return { role: 'tool', content: isTold ? text : `Error: ${text}`, toolCallId };
}

function imageOf(block: ContentBlock, place: string): ImagePart {
  const param = `${place}.source`;
  const source = given(block.source, param);
  if (given(source.type, `${param}.type`) !== 'base64') {
    throw badRequest(
      `${param}.type`,
      `\`${param}.type\` is ${JSON.stringify(source.type)}; here it may be base64. Nothing is fetched, and no files are stored.`,
      'unsupported_parameter',
    );
  }
  checkFields(source, ['type', 'media_type', 'data'], param);
  const data = given(source.data, `${param}.data`);
  return { type: 'image', image: decodeDataUrl(`data:;base64,${data}`, `${param}.data`) };
}
