import type { ChatMessage, InferenceRequest, TokenizeInput, ToolDefinition } from '@ferrum/interfaces';
import { invalid } from './mock-rules.js';
import { wordOfId } from './mock-vocabulary.js';

/** What the mock reads of a request. */
export function promptText(request: InferenceRequest, features: readonly string[]): string {
  const { prompt, messages, raw } = request;
  if (messages) return renderChat(messages, { tools: request.toolChoice === 'none' ? [] : request.tools });
  if (typeof prompt !== 'string') return prompt?.map((id) => wordOfId(id, 'prompt')).join('') ?? '';
  return raw || !features.includes('chat') ? prompt : renderChat([{ role: 'user', content: prompt }]);
}

/** @throws FerrumError `RequestValidation` */
export function textToTokenize(input: TokenizeInput): string {
  if (typeof input !== 'object' || input === null) throw invalid('input', 'must be an object');
  const { prompt, messages, tools, addGenerationPrompt = true } = input;
  if ((prompt === undefined) === (messages === undefined)) throw invalid('prompt', 'give either prompt or messages');
  if (messages) return renderChat(messages, { tools, ...(addGenerationPrompt ? {} : { end: '' }) });
  if (typeof prompt !== 'string') throw invalid('prompt', 'must be a text');
  return prompt;
}

interface Rendering {
  readonly tools?: readonly ToolDefinition[] | undefined;
  readonly end?: string;
}

function renderChat(messages: readonly ChatMessage[], { tools = [], end = 'assistant:' }: Rendering = {}): string {
  const told = tools.map((tool) => `tool: ${JSON.stringify(tool)}\n`);
  const turns = messages.map(({ role, content, reasoning, toolCalls = [] }) => {
    const thought = reasoning === undefined ? '' : `(${reasoning}) `;
    const calls = toolCalls.map(({ name, arguments: given }) => ` ${name} ${given}`);
    return `${role}: ${thought}${content}${calls.join('')}\n`;
  });
  return [...told, ...turns, end].join('');
}
