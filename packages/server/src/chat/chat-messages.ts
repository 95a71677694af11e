import type { ChatMessage, ContentPart as EnginePart, ToolCall } from '@ferrum/interfaces';
import { badRequest } from '../http/api-error.js';
import { decodeDataUrl } from '../http/data-url.js';
import type { ContentPart, MessageFields } from './chat-schema.js';

/**
 * @param earlier of the session, for results of functions whose call was asked for there
 * @throws FerrumError `RequestValidation` naming the place: content that is no text, a result without its call …
 */
export function toMessages(messages: readonly MessageFields[], earlier: readonly ChatMessage[] = []): ChatMessage[] {
  const calls: LatestCalls = new Map();
  for (const turn of earlier) remember(turn, calls);
  return messages.map((message, index) => {
    const turn = toMessage(message, `messages[${index}]`, calls);
    remember(turn, calls);
    return turn;
  });
}

/** The field that asks for tools in what was said, if any does. */
export function toolTurn(messages: readonly MessageFields[]): string | undefined {
  for (const [index, { role, tool_calls, function_call }] of messages.entries()) {
    if (role === 'tool' || role === 'function') return `messages[${index}].role`;
    if (tool_calls != null) return `messages[${index}].tool_calls`;
    if (function_call != null) return `messages[${index}].function_call`;
  }
  return undefined;
}

/** The field that shows an image, if any does. */
export function imageField(messages: readonly MessageFields[]): string | undefined {
  for (const [index, { content }] of messages.entries()) {
    const part = Array.isArray(content) ? content.findIndex(({ type }) => type === 'image_url') : -1;
    if (part >= 0) return `messages[${index}].content[${part}]`;
  }
  return undefined;
}

/** The id of the latest call of each function. */
type LatestCalls = Map<string, string>;

function remember({ toolCalls = [] }: ChatMessage, calls: LatestCalls): void {
  for (const { name, id } of toolCalls) calls.set(name, id);
}

function toMessage(message: MessageFields, place: string, latest: LatestCalls): ChatMessage {
  const { role, content, refusal, name } = message;
  checkAssistantFields(message, place);
  if (refusal != null && content != null) {
    const param = `${place}.refusal`;
    throw badRequest(param, `\`${param}\` stands in place of the content; give one of the two.`);
  }
  if (role === 'user' && Array.isArray(content) && content.some(({ type }) => type === 'image_url')) {
    return { role, content: partsOf(content, `${place}.content`), ...(name == null ? {} : { name }) };
  }
  const text = textOf(role, content ?? refusal, `${place}.content`);
  if (role === 'function') return functionResult(name, text, place, latest);
  const calls = callsOf(message, place);
  const reasoning = message.reasoning_content ?? message.reasoning;
  return {
    role: role === 'developer' ? 'system' : role,
    content: text,
    ...(name == null ? {} : { name }),
    ...(reasoning == null ? {} : { reasoning }),
    ...(calls.length === 0 ? {} : { toolCalls: calls }),
    ...(role === 'tool' ? { toolCallId: callId(message, place) } : {}),
  };
}

function checkAssistantFields(message: MessageFields, place: string): void {
  if (message.role !== 'tool' && message.tool_call_id != null) {
    const param = `${place}.tool_call_id`;
    throw badRequest(param, `\`${param}\` is of messages of the role tool only.`);
  }
  if (message.role === 'assistant') return;
  for (const field of ['refusal', 'tool_calls', 'function_call', 'reasoning_content', 'reasoning'] as const) {
    if (message[field] == null) continue;
    const param = `${place}.${field}`;
    throw badRequest(param, `\`${param}\` is of the assistant only.`);
  }
}

function callId({ tool_call_id: id }: MessageFields, place: string): string {
  if (id != null) return id;
  const param = `${place}.tool_call_id`;
  throw badRequest(
    param,
    `\`${param}\` is missing. Give the id of the call that this answers.`,
    'missing_required_parameter',
  );
}

function callsOf({ tool_calls, function_call }: MessageFields, place: string): readonly ToolCall[] {
  if (tool_calls != null && function_call != null) {
    const param = `${place}.function_call`;
    throw badRequest(param, `\`${param}\` is the older form of \`tool_calls\`; give one of the two.`);
  }
  // Calls of the older form have no id. Their results name the function.
  if (function_call != null) return [{ id: `call_${place.replaceAll(/\D/g, '')}`, ...function_call }];
  return (tool_calls ?? []).map(({ id, function: called }) => ({ id, name: called.name, arguments: called.arguments }));
}

/** The result of the latest call of the function. */
function functionResult(
  name: string | null | undefined,
  content: string,
  place: string,
  calls: LatestCalls,
): ChatMessage {
  const param = `${place}.name`;
  if (name == null) {
    throw badRequest(param, `\`${param}\` is missing. Give the name of the function.`, 'missing_required_parameter');
  }
  const toolCallId = calls.get(name);
  if (toolCallId === undefined)
    throw badRequest(param, `\`${param}\` is ${JSON.stringify(name)}, which nobody called before.`);
  return { role: 'tool', content, name, toolCallId };
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

/** Each part stays by itself, so that an engine's words about one name its place. */
function partsOf(content: readonly ContentPart[], param: string): EnginePart[] {
  return content.map((part, index) => {
    if (part.type === 'image_url') return imageOf(part, `${param}[${index}]`);
    const text = textOfPart('user', part, `${param}[${index}]`);
    return { type: 'text', text: content[index - 1]?.type === 'text' ? `\n${text}` : text };
  });
}

function imageOf(part: ContentPart, param: string): EnginePart {
  const { image_url: image, type: _, ...rest } = part;
  refuseForeign(rest, param);
  if (image === undefined) {
    throw badRequest(
      `${param}.image_url`,
      `The field \`${param}.image_url\` is missing.`,
      'missing_required_parameter',
    );
  }
  const { url, detail } = image;
  return {
    type: 'image',
    image: decodeDataUrl(url, `${param}.image_url.url`),
    ...(detail == null ? {} : { detail }),
  };
}

function textOfPart(role: MessageFields['role'], part: ContentPart, param: string): string {
  if (part.type !== 'text' && !(part.type === 'refusal' && role === 'assistant')) {
    throw badRequest(
      `${param}.type`,
      part.type === 'image_url'
        ? `\`${param}.type\` is image_url, but only the user shows images.`
        : `\`${param}.type\` is ${part.type}, but models here read text and images only.`,
      'unsupported_parameter',
    );
  }
  const { [part.type]: text, type, ...rest } = part;
  refuseForeign(rest, param);
  if (text === undefined)
    throw badRequest(`${param}.${type}`, `The field \`${param}.${type}\` is missing.`, 'missing_required_parameter');
  return text;
}

function refuseForeign(rest: object, param: string): void {
  // A hint about caching is no content, and null is nothing.
  const foreign = Object.entries(rest).find(([name, value]) => name !== 'prompt_cache_breakpoint' && value !== null);
  if (foreign === undefined) return;
  const field = `${param}.${foreign[0]}`;
  throw badRequest(field, `There is no field \`${field}\`.`, 'unknown_parameter');
}
