import type { ChatMessage, InferenceRequest, ToolChoice } from '@ferrum/interfaces';
import { invalid, isFlag, isListOf, isOneOf, isRecord, isSomeText, isText, isWhole, type Rule } from './mock-rules.js';

/** Fields of a request that go with a conversation. */
export const chatRules: Readonly<Record<string, Rule>> = {
  tools: isListOf(isTool),
  toolChoice: isToolChoice,
  parallelToolCalls: isFlag,
  reasoning: isReasoning,
};

export function isMessage(value: unknown): boolean {
  return hasOnly(value, {
    role: isOneOf('system', 'user', 'assistant', 'tool'),
    content: isText,
    name: optional(isText),
    reasoning: optional(isText),
    toolCalls: optional(isListOf(isCall)),
    toolCallId: optional(isText),
  });
}

/** What only the parts of a conversation together can get wrong. @throws FerrumError `RequestValidation` naming the field */
export function checkMockChat(request: InferenceRequest): void {
  const { messages, tools = [], toolChoice = 'auto', reasoning } = request;
  const beside = Object.keys(chatRules).find((name) => request[name as keyof InferenceRequest] !== undefined);
  if (!messages && beside) throw invalid(beside, 'goes with messages');
  const names = tools.map(({ name }) => name);
  if (new Set(names).size < names.length) throw invalid('tools', 'two have one name');
  const unknown = namedBy(toolChoice).find((name) => !names.includes(name));
  if (unknown !== undefined) throw invalid('toolChoice', `there is no tool "${unknown}"`);
  if (toolChoice === 'required' && tools.length === 0) throw invalid('toolChoice', 'needs tools');
  checkCalls(messages ?? []);
  const { enabled, effort } = reasoning ?? {};
  if (enabled !== undefined && effort !== undefined && enabled === (effort === 'none')) {
    throw invalid('reasoning.effort', 'contradicts reasoning.enabled');
  }
}

function namedBy(choice: ToolChoice): readonly string[] {
  if (typeof choice === 'string') return [];
  return 'name' in choice ? [choice.name] : choice.allowed;
}

function checkCalls(messages: readonly ChatMessage[]): void {
  const known = new Set<string>();
  for (const { role, toolCalls, toolCallId } of messages) {
    if (toolCalls && role !== 'assistant') throw invalid('messages', 'only the assistant asks for calls');
    for (const { id } of toolCalls ?? []) known.add(id);
    if (role === 'tool' && !known.has(toolCallId ?? '')) throw invalid('messages', 'a tool answers no call before it');
  }
}

function isTool(value: unknown): boolean {
  return hasOnly(value, {
    name: (name) => isText(name) && /^[\w-]{1,64}$/.test(String(name)),
    description: optional(isText),
    parameters: optional(
      (schema) => isRecord(schema) && [undefined, 'object'].includes((schema as { type?: string }).type),
    ),
    strict: optional(isFlag),
  });
}

function isCall(value: unknown): boolean {
  return hasOnly(value, { id: isSomeText, name: isSomeText, arguments: isText });
}

function isToolChoice(value: unknown): boolean {
  if (isOneOf('none', 'auto', 'required')(value) || hasOnly(value, { name: isText })) return true;
  return hasOnly(value, { allowed: isListOf(isText, 1), mode: isOneOf('auto', 'required') });
}

function isReasoning(value: unknown): boolean {
  return hasOnly(value, {
    enabled: optional(isFlag),
    effort: optional(isOneOf('none', 'minimal', 'low', 'medium', 'high', 'xhigh')),
    maxTokens: optional(isWhole(0)),
  });
}

const optional =
  (rule: Rule): Rule =>
  (value) =>
    value === undefined || rule(value);

/** An object whose fields are these. */
function hasOnly(value: unknown, rules: Readonly<Record<string, Rule>>): boolean {
  if (!isRecord(value)) return false;
  const fields = value as Readonly<Record<string, unknown>>;
  return (
    Object.keys(fields).every((name) => Object.hasOwn(rules, name)) &&
    Object.entries(rules).every(([name, rule]) => rule(fields[name]))
  );
}
