import { type AskedFormat, jsonSchemaFormat } from '../generation/response-format.js';
import { type AskedChoice, noTools, toolWish, type WishedTools } from '../generation/tool-wish.js';
import { badRequest } from '../http/api-error.js';
import type { ResponseNamedChoice, ResponsesFields } from './responses-schema.js';

/** @throws FerrumError `RequestValidation` naming the field */
export function responseTools({ tools, tool_choice, parallel_tool_calls }: ResponsesFields): WishedTools {
  // Clients send an empty list where there are none.
  if (tools == null || tools.length === 0) {
    if (tool_choice != null && tool_choice !== 'none' && tool_choice !== 'auto')
      throw badRequest('tool_choice', '`tool_choice` goes with `tools`, of which there are none.');
    return noTools;
  }
  return toolWish({
    functions: tools,
    field: 'tools',
    choice: tool_choice == null ? undefined : toChoice(tool_choice),
    parallel: parallel_tool_calls,
  });
}

/** @throws FerrumError `RequestValidation` for a schema that is missing or too large */
export function responseFormat({ text }: ResponsesFields): AskedFormat | undefined {
  const format = text?.format;
  if (format == null || format.type === 'text') return undefined;
  if (format.type === 'json_object') return { format: { type: 'json_object' }, field: 'text.format' };
  for (const name of ['name', 'schema'] as const) if (format[name] === undefined) throw missing(`text.format.${name}`);
  return jsonSchemaFormat(format.schema ?? {}, 'text.format.schema');
}

function toChoice(choice: 'none' | 'auto' | 'required' | ResponseNamedChoice): AskedChoice {
  if (typeof choice === 'string') return choice;
  const { type, name, mode, tools: allowed } = choice;
  if (type === 'function') {
    if (name === undefined) throw missing('tool_choice.name');
    return { name, field: 'tool_choice.name' };
  }
  if (mode === undefined) throw missing('tool_choice.mode');
  if (allowed === undefined) throw missing('tool_choice.tools');
  return {
    mode,
    allowed: allowed.map((tool, index) => ({ name: tool.name, field: `tool_choice.tools[${index}].name` })),
  };
}

function missing(param: string) {
  return badRequest(param, `The field \`${param}\` is missing.`, 'missing_required_parameter');
}
