import type { ToolChoice, ToolDefinition } from '@ferrum/interfaces';
import type { FeatureNeed } from '../generation/feature-needs.js';
import { checkSchemaSize } from '../generation/schema-limits.js';
import { badRequest } from '../http/api-error.js';
import type { FunctionFields, NamedChoice, ToolFields } from './tool-schema.js';

/** The tools of a request as engines take them. */
export interface ToolWish {
  readonly tools?: readonly ToolDefinition[];
  readonly toolChoice?: ToolChoice;
  readonly parallelToolCalls?: boolean;
  readonly toolCallFormat?: string;
}

/** @throws FerrumError `RequestValidation` naming the field: two tools of a name, a choice of none of them … */
export function toolWish(fields: ToolFields): { readonly wish: ToolWish; readonly needs: readonly FeatureNeed[] } {
  const { tools, functions, tool_choice, function_call, parallel_tool_calls, tool_call_format } = fields;
  if (tools != null && functions != null)
    throw badRequest('functions', '`functions` is the older form of `tools`; give one of the two.');
  if (functions != null) return legacyWish(functions, fields);
  if (function_call != null && function_call !== 'none') throw without('function_call', 'functions');
  if (tools == null) {
    if (tool_choice != null && tool_choice !== 'none') throw without('tool_choice', 'tools');
    if (parallel_tool_calls != null) throw without('parallel_tool_calls', 'tools');
    if (tool_call_format != null) throw without('tool_call_format', 'tools');
    return { wish: {}, needs: [] };
  }
  const definitions = toDefinitions(
    tools.map((tool) => tool.function),
    (index) => `tools[${index}].function`,
  );
  const choice = tool_choice == null ? undefined : toChoice(tool_choice, definitions);
  return {
    wish: {
      tools: definitions,
      ...(choice === undefined ? {} : { toolChoice: choice }),
      ...(parallel_tool_calls == null ? {} : { parallelToolCalls: parallel_tool_calls }),
      ...(tool_call_format == null ? {} : { toolCallFormat: tool_call_format }),
    },
    needs: [{ feature: 'tools', field: 'tools' }],
  };
}

function legacyWish(functions: readonly FunctionFields[], fields: ToolFields) {
  const { function_call, tool_choice, parallel_tool_calls, tool_call_format } = fields;
  if (tool_choice != null)
    throw badRequest('tool_choice', '`tool_choice` goes with `tools`; of `functions` it is `function_call`.');
  if (parallel_tool_calls != null) throw without('parallel_tool_calls', 'tools');
  const tools = toDefinitions(functions, (index) => `functions[${index}]`);
  const toolChoice =
    typeof function_call === 'object' && function_call !== null
      ? { name: knownName(function_call.name, tools, 'function_call.name') }
      : (function_call ?? 'auto');
  const wish: ToolWish = {
    tools,
    toolChoice,
    // Answers have room for one.
    parallelToolCalls: false,
    ...(tool_call_format == null ? {} : { toolCallFormat: tool_call_format }),
  };
  return { wish, needs: [{ feature: 'tools', field: 'functions' }] };
}

/** @param placeOf where in the request a function is */
export function toDefinitions(
  functions: readonly FunctionFields[],
  placeOf: (index: number) => string,
): readonly ToolDefinition[] {
  const names = new Set<string>();
  return functions.map(({ name, description, parameters, strict }, index) => {
    const place = placeOf(index);
    if (names.has(name)) throw badRequest(`${place}.name`, `\`${place}.name\` is ${name}, as that of an earlier tool.`);
    names.add(name);
    if (parameters != null) checkSchemaSize(parameters, `${place}.parameters`);
    return {
      name,
      ...(description == null ? {} : { description }),
      ...(parameters == null ? {} : { parameters }),
      ...(strict == null ? {} : { strict }),
    };
  });
}

/** @throws FerrumError `RequestValidation` for a name that none of the tools has */
export function knownName(name: string, tools: readonly ToolDefinition[], param: string): string {
  if (tools.some((tool) => tool.name === name)) return name;
  const names = tools.map((tool) => tool.name).join(', ');
  throw badRequest(param, `\`${param}\` is ${JSON.stringify(name)}, which is none of the tools: ${names}.`);
}

function toChoice(choice: 'none' | 'auto' | 'required' | NamedChoice, tools: readonly ToolDefinition[]): ToolChoice {
  if (typeof choice === 'string') return choice;
  const { type, function: named, allowed_tools: allowed } = choice;
  if (type === 'function') {
    if (named === undefined) throw missing('tool_choice.function');
    if (allowed !== undefined)
      throw badRequest('tool_choice.allowed_tools', '`tool_choice.allowed_tools` goes with the type allowed_tools.');
    return { name: knownName(named.name, tools, 'tool_choice.function.name') };
  }
  if (named !== undefined)
    throw badRequest('tool_choice.function', '`tool_choice.function` goes with the type function.');
  if (allowed === undefined) throw missing('tool_choice.allowed_tools');
  return {
    mode: allowed.mode,
    allowed: allowed.tools.map((tool, index) =>
      knownName(tool.function.name, tools, `tool_choice.allowed_tools.tools[${index}].function.name`),
    ),
  };
}

function without(field: string, other: string) {
  return badRequest(field, `\`${field}\` goes with \`${other}\`, of which there are none.`);
}

function missing(param: string) {
  return badRequest(param, `The field \`${param}\` is missing.`, 'missing_required_parameter');
}
