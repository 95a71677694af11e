import type { ChatMessage, ToolDefinition } from '@ferrum/interfaces';
import { textOf } from './message-content.js';
import { openAiTool } from './tool-set.js';

/** Messages for a template that knows no tools: definitions, calls and results as text. */
export function withToolTexts(
  messages: readonly ChatMessage[],
  tools: readonly ToolDefinition[],
): readonly ChatMessage[] {
  const texts: ChatMessage[] = [];
  for (const message of messages) {
    const last = texts.at(-1);
    if (message.role === 'tool') {
      const content = `<tool_response>\n${textOf(message.content)}\n</tool_response>`;
      // Results of calls that were made together are one turn: templates want turns to alternate.
      if (last?.role === 'user' && typeof last.content === 'string' && last.content.startsWith('<tool_response>')) {
        texts[texts.length - 1] = { role: 'user', content: `${last.content}\n${content}` };
      } else {
        texts.push({ role: 'user', content });
      }
    } else if (message.toolCalls) {
      const calls = message.toolCalls.map(
        ({ name, arguments: text }) =>
          `<tool_call>\n{"name": ${JSON.stringify(name)}, "arguments": ${text === '' ? '{}' : text}}\n</tool_call>`,
      );
      const said = textOf(message.content);
      const content = [...(said === '' ? [] : [said]), ...calls].join('\n');
      texts.push({ role: message.role, content });
    } else {
      texts.push(message);
    }
  }
  if (tools.length === 0) return texts;
  const [first, ...rest] = texts;
  const instructions = describeTools(tools);
  if (first?.role !== 'system') return [{ role: 'system', content: instructions }, ...texts];
  const given = textOf(first.content);
  return [{ ...first, content: given === '' ? instructions : `${given}\n\n${instructions}` }, ...rest];
}

/** Puts the system message before the user's first one, for templates that have no such role. */
export function withoutSystem(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  const [first, second, ...rest] = messages;
  if (first?.role !== 'system') return messages;
  if (second?.role !== 'user') return [{ ...first, role: 'user' }, ...messages.slice(1)];
  return [{ ...second, content: withTextBefore(`${textOf(first.content)}\n\n`, second.content) }, ...rest];
}

function withTextBefore(text: string, content: ChatMessage['content']): ChatMessage['content'] {
  return typeof content === 'string' ? text + content : [{ type: 'text', text }, ...content];
}

function describeTools(tools: readonly ToolDefinition[]): string {
  const definitions = tools.map((tool) => JSON.stringify(openAiTool(tool))).join('\n');
  return [
    'You can call these functions. Each line describes one, its arguments as a JSON Schema:',
    `<tools>\n${definitions}\n</tools>`,
    'To call a function, answer with its name and its arguments as JSON, in tags, once for each call:',
    '<tool_call>\n{"name": "the name", "arguments": {"an argument": "its value"}}\n</tool_call>',
  ].join('\n');
}
