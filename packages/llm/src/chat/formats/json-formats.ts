import type { ToolCallFormat } from './format.js';
import { JsonCallParser } from './json-call-parser.js';
import { between, jsonCall, jsonTriggers, repeated } from './json-grammar.js';

/** `<tool_call>{"name": …, "arguments": …}</tool_call>`: Hermes, Qwen 2.5 and 3, SmolLM3 and many more. */
export const hermes: ToolCallFormat = {
  name: 'hermes',
  openings: ['<tool_call>'],
  closings: ['</tool_call>'],
  parser: (_opening, tools, events) => new JsonCallParser(tools, events, { closings: ['</tool_call>'] }),
  grammar: (tools) => repeated(between('<tool_call>\n', jsonCall(tools), '\n</tool_call>'), tools, '\n'),
  triggers: (tools) => [{ text: '<tool_call>', inner: between('\n', jsonCall(tools), '\n</tool_call>') }],
};

/** `{"name": …, "parameters": …}` alone, or after `<|python_tag|>`: Llama 3.1 and later. */
export const llama3: ToolCallFormat = {
  name: 'llama3',
  openings: ['<|python_tag|>'],
  bare: true,
  parser: (_opening, tools, events) => new JsonCallParser(tools, events, { separators: [';', '<|python_tag|>'] }),
  grammar: (tools) => repeated(jsonCall(tools, 'parameters'), tools, '; '),
  triggers: (tools) => jsonTriggers(tools, 'parameters'),
};

/** `[TOOL_CALLS] [{"name": …, "arguments": …}]`: Mistral up to its third tokenizer. */
export const mistral: ToolCallFormat = {
  name: 'mistral',
  openings: ['[TOOL_CALLS]'],
  parser: (_opening, tools, events) => new JsonCallParser(tools, events),
  grammar: (tools) => between('[TOOL_CALLS] [', repeated(jsonCall(tools), tools, ', '), ']'),
  triggers: (tools) => [{ text: '[TOOL_CALLS]', inner: between(' [', repeated(jsonCall(tools), tools, ', '), ']') }],
};

/** `<|tool_call|>[{"name": …, "arguments": …}]`: Granite 3. */
export const granite: ToolCallFormat = {
  name: 'granite',
  openings: ['<|tool_call|>', '<tool_call>'],
  parser: (_opening, tools, events) => new JsonCallParser(tools, events),
  grammar: (tools) => between('<|tool_call|>[', repeated(jsonCall(tools), tools, ', '), ']'),
  triggers: (tools) => [{ text: '<|tool_call|>', inner: between('[', repeated(jsonCall(tools), tools, ', '), ']') }],
};

/** `<|tool_call|>[{"name": …, "arguments": …}]<|/tool_call|>`: Phi-4-mini. */
export const phi4: ToolCallFormat = {
  name: 'phi4',
  openings: ['<|tool_call|>'],
  closings: ['<|/tool_call|>'],
  parser: (_opening, tools, events) => new JsonCallParser(tools, events, { closings: ['<|/tool_call|>'] }),
  grammar: (tools) => between('<|tool_call|>[', repeated(jsonCall(tools), tools, ', '), ']<|/tool_call|>'),
  triggers: (tools) => [
    { text: '<|tool_call|>', inner: between('[', repeated(jsonCall(tools), tools, ', '), ']<|/tool_call|>') },
  ],
};

/** JSON in a fence, with `parameters`, as Gemma's documentation has it. */
export const gemma: ToolCallFormat = {
  name: 'gemma',
  openings: ['```tool_call', '```tool_code', '```json'],
  bare: true,
  parser: (opening, tools, events) =>
    new JsonCallParser(
      tools,
      events,
      opening === '' ? { separators: ['\n'] } : { closings: ['```'], separators: [','] },
    ),
  grammar: (tools) => repeated(jsonCall(tools, 'parameters'), tools, '\n'),
  triggers: (tools) => jsonTriggers(tools, 'parameters'),
};

/** Any JSON object or list that names a tool, alone or in a fence; where there is one tool, its arguments alone. */
export const generic: ToolCallFormat = {
  name: 'generic',
  openings: ['<tool_call>', '```json', '```tool_call'],
  bare: true,
  parser: (opening, tools, events) => {
    const [only] = tools.tools;
    return new JsonCallParser(tools, events, {
      ...(opening.startsWith('```') ? { closings: ['```'] } : { closings: ['</tool_call>'] }),
      separators: [';'],
      ...(only && tools.tools.length === 1 ? { onlyTool: only.name } : {}),
    });
  },
  grammar: (tools) => repeated(jsonCall(tools), tools, '; '),
  triggers: (tools) => jsonTriggers(tools, 'arguments'),
};
