import type { ChatMessage } from '@ferrum/interfaces';
import { invalid } from '../engine/invalid.js';
import type { ChatOptions } from './chat-options.js';
import { toolCallFormats } from './formats/index.js';

/** What renders a conversation gives these itself. */
const reserved = ['messages', 'tools', 'documents', 'add_generation_prompt'];

/** What only the parts of a conversation together can get wrong. @throws FerrumError `RequestValidation` naming the field. */
export function checkChat(messages: readonly ChatMessage[], options: ChatOptions): void {
  checkTools(options);
  checkMessages(messages);
  const { toolCallFormat, templateVariables, reasoning } = options;
  if (toolCallFormat !== undefined && !toolCallFormats.has(toolCallFormat)) {
    const names = [...toolCallFormats.keys()].join(', ');
    throw invalid(`\`toolCallFormat\`: there is no format "${toolCallFormat}"; there are ${names}`, 'toolCallFormat');
  }
  const taken = Object.keys(templateVariables ?? {}).find((name) => reserved.includes(name));
  if (taken !== undefined) {
    const field = `templateVariables.${taken}`;
    throw invalid(`\`${field}\`: is what the conversation itself gives the template; leave it out`, field);
  }
  if (reasoning?.enabled !== undefined && reasoning.effort !== undefined) {
    if (reasoning.enabled === (reasoning.effort === 'none')) {
      throw invalid('`reasoning.effort`: contradicts `reasoning.enabled`; give one of the two', 'reasoning.effort');
    }
  }
}

function checkTools({ tools = [], toolChoice = 'auto', parallelToolCalls }: ChatOptions): void {
  const names = new Set<string>();
  for (const [index, { name }] of tools.entries()) {
    if (names.has(name)) throw invalid(`\`tools.${index}.name\`: "${name}" names two tools`, `tools.${index}.name`);
    names.add(name);
  }
  if (parallelToolCalls !== undefined && tools.length === 0) {
    throw invalid('`parallelToolCalls`: needs `tools`', 'parallelToolCalls');
  }
  if (toolChoice === 'auto' || toolChoice === 'none') return;
  if (tools.length === 0) throw invalid('`toolChoice`: needs `tools`', 'toolChoice');
  if (toolChoice === 'required') return;
  const wanted = 'name' in toolChoice ? [toolChoice.name] : toolChoice.allowed;
  const unknown = wanted.find((name) => !names.has(name));
  if (unknown === undefined) return;
  throw invalid(`\`toolChoice\`: there is no tool "${unknown}"; there are ${[...names].join(', ')}`, 'toolChoice');
}

function checkMessages(messages: readonly ChatMessage[]): void {
  const calls = new Set<string>();
  for (const [index, { role, content, toolCalls, toolCallId, reasoning }] of messages.entries()) {
    const wrong = (field: string, message: string) =>
      invalid(`\`messages.${index}.${field}\`: ${message}`, `messages.${index}.${field}`);
    const image =
      role === 'user' || typeof content === 'string' ? -1 : content.findIndex(({ type }) => type === 'image');
    if (image >= 0) throw wrong(`content.${image}`, 'only the user shows images');
    if (toolCalls && role !== 'assistant') throw wrong('toolCalls', 'only the assistant asks for calls');
    if (reasoning !== undefined && role !== 'assistant') throw wrong('reasoning', 'only the assistant thinks');
    for (const { id } of toolCalls ?? []) calls.add(id);
    if (role !== 'tool') {
      if (toolCallId !== undefined) throw wrong('toolCallId', 'only the answer of a tool has one');
    } else if (toolCallId === undefined) {
      throw wrong('toolCallId', 'is missing: it says which call this answers');
    } else if (!calls.has(toolCallId)) {
      throw wrong('toolCallId', `no call before it has the id "${toolCallId}"`);
    }
  }
}
