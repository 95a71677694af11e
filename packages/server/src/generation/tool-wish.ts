import type { ToolChoice, ToolDefinition } from '@ferrum/interfaces';
import { badRequest } from '../http/api-error.js';
import { shorten } from '../http/shorten.js';
import type { FeatureNeed } from './feature-needs.js';
import type { FunctionFields } from './function-fields.js';
import { checkSchemaSize } from './schema-limits.js';

/** The tools of a request as engines take them. */
export interface ToolWish {
  readonly tools?: readonly ToolDefinition[];
  readonly toolChoice?: ToolChoice;
  readonly parallelToolCalls?: boolean;
  readonly toolCallFormat?: string;
}

/** With what an engine has to have for them. */
export interface WishedTools {
  readonly wish: ToolWish;
  readonly needs: readonly FeatureNeed[];
}

export const noTools: WishedTools = { wish: {}, needs: [] };

/** The name of a function, and where the request says it. */
export interface NamedAt {
  readonly name: string;
  readonly field: string;
}

export type AskedChoice =
  | 'none'
  | 'auto'
  | 'required'
  | NamedAt
  | { readonly mode: 'auto' | 'required'; readonly allowed: readonly NamedAt[] };

/** What every API says of tools, each in fields of its own. */
export interface AskedTools {
  readonly functions: readonly FunctionFields[];
  /** The field that they came in. */
  readonly field: string;
  /** Of each function, less its place; default nothing. */
  readonly within?: string;
  /** What the API calls the schema of the arguments; default `parameters`. */
  readonly schemaName?: string;
  readonly choice: AskedChoice | null | undefined;
  readonly parallel: boolean | null | undefined;
  readonly format?: string | null | undefined;
}

/** @throws FerrumError `RequestValidation` naming the field: two tools of a name, a choice of none of them … */
export function toolWish({ functions, choice, parallel, format, ...places }: AskedTools): WishedTools {
  const tools = toDefinitions(functions, places);
  return {
    wish: {
      tools,
      ...(choice == null ? {} : { toolChoice: toChoice(choice, tools) }),
      ...(parallel == null ? {} : { parallelToolCalls: parallel }),
      ...(format == null ? {} : { toolCallFormat: format }),
    },
    needs: [{ feature: 'tools', field: places.field }],
  };
}

/**
 * Tools of other types have fields of their own, so that they are looked for before the body is checked: before `validation`.
 * @throws FerrumError `RequestValidation` for a tool that is no function
 */
export async function refuseOtherTools({ body }: { readonly body: unknown }): Promise<void> {
  const tools = typeof body === 'object' && body !== null && 'tools' in body ? body.tools : undefined;
  if (!Array.isArray(tools)) return;
  for (const [index, tool] of tools.entries()) {
    const type: unknown = tool?.type;
    if (typeof type !== 'string' || type === 'function') continue;
    const param = `tools[${index}].type`;
    const message = `\`${param}\` is ${JSON.stringify(shorten(type, 100))}; only functions are here, which the client calls itself.`;
    throw badRequest(param, message, 'unsupported_parameter');
  }
}

function toDefinitions(
  functions: readonly FunctionFields[],
  { field, within = '', schemaName = 'parameters' }: Pick<AskedTools, 'field' | 'within' | 'schemaName'>,
): readonly ToolDefinition[] {
  const names = new Set<string>();
  return functions.map(({ name, description, parameters, strict }, index) => {
    const place = `${field}[${index}]${within}`;
    if (names.has(name)) throw badRequest(`${place}.name`, `\`${place}.name\` is ${name}, as that of an earlier tool.`);
    names.add(name);
    if (parameters != null) checkSchemaSize(parameters, `${place}.${schemaName}`);
    return {
      name,
      ...(description == null ? {} : { description }),
      ...(parameters == null ? {} : { parameters }),
      ...(strict == null ? {} : { strict }),
    };
  });
}

function toChoice(choice: AskedChoice, tools: readonly ToolDefinition[]): ToolChoice {
  if (typeof choice === 'string') return choice;
  if ('name' in choice) return { name: knownName(choice, tools) };
  return { mode: choice.mode, allowed: choice.allowed.map((named) => knownName(named, tools)) };
}

function knownName({ name, field }: NamedAt, tools: readonly ToolDefinition[]): string {
  if (tools.some((tool) => tool.name === name)) return name;
  const names = tools.map((tool) => tool.name).join(', ');
  throw badRequest(field, `\`${field}\` is ${JSON.stringify(name)}, which is none of the tools: ${names}.`);
}
