import type { FunctionFields } from '../generation/function-fields.js';
import { type AskedChoice, noTools, toolWish, type WishedTools } from '../generation/tool-wish.js';
import { badRequest } from '../http/api-error.js';
import type { NamedChoice, ToolFields } from './tool-schema.js';

/** @throws FerrumError `RequestValidation` naming the field: two tools of a name, a choice of none of them … */
export function chatTools(fields: ToolFields): WishedTools {
  const { tools, functions, tool_choice, function_call, parallel_tool_calls, tool_call_format } = fields;
  if (tools != null && functions != null)
    throw badRequest('functions', '`functions` is the older form of `tools`; give one of the two.');
  if (functions != null) return legacyTools(functions, fields);
  if (function_call != null && function_call !== 'none') throw without('function_call', 'functions');
  if (tools == null) {
    if (tool_choice != null && tool_choice !== 'none') throw without('tool_choice', 'tools');
    if (parallel_tool_calls != null) throw without('parallel_tool_calls', 'tools');
    if (tool_call_format != null) throw without('tool_call_format', 'tools');
    return noTools;
  }
  return toolWish({
    functions: tools.map((tool) => tool.function),
    field: 'tools',
    within: '.function',
    choice: tool_choice == null ? undefined : toChoice(tool_choice),
    parallel: parallel_tool_calls,
    format: tool_call_format,
  });
}

function legacyTools(functions: readonly FunctionFields[], fields: ToolFields): WishedTools {
  const { function_call, tool_choice, parallel_tool_calls, tool_call_format } = fields;
  if (tool_choice != null)
    throw badRequest('tool_choice', '`tool_choice` goes with `tools`; of `functions` it is `function_call`.');
  if (parallel_tool_calls != null) throw without('parallel_tool_calls', 'tools');
  return toolWish({
    functions,
    field: 'functions',
    choice:
      typeof function_call === 'object' && function_call !== null
        ? { name: function_call.name, field: 'function_call.name' }
        : (function_call ?? 'auto'),
    // Answers have room for one.
    parallel: false,
    format: tool_call_format,
  });
}

function toChoice(choice: 'none' | 'auto' | 'required' | NamedChoice): AskedChoice {
  if (typeof choice === 'string') return choice;
  const { type, function: named, allowed_tools: allowed } = choice;
  if (type === 'function') {
    if (named === undefined) throw missing('tool_choice.function');
    if (allowed !== undefined)
      throw badRequest('tool_choice.allowed_tools', '`tool_choice.allowed_tools` goes with the type allowed_tools.');
    return { name: named.name, field: 'tool_choice.function.name' };
  }
  if (named !== undefined)
    throw badRequest('tool_choice.function', '`tool_choice.function` goes with the type function.');
  if (allowed === undefined) throw missing('tool_choice.allowed_tools');
  return {
    mode: allowed.mode,
    allowed: allowed.tools.map((tool, index) => ({
      name: tool.function.name,
      field: `tool_choice.allowed_tools.tools[${index}].function.name`,
    })),
  };
}

function without(field: string, other: string) {
  return badRequest(field, `\`${field}\` goes with \`${other}\`, of which there are none.`);
}

function missing(param: string) {
  return badRequest(param, `The field \`${param}\` is missing.`, 'missing_required_parameter');
}
