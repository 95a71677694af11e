import type { ReasoningOptions } from '@ferrum/interfaces';
import type { FeatureNeed } from '../generation/feature-needs.js';
import type { FunctionFields } from '../generation/function-fields.js';
import { type AskedFormat, jsonSchemaFormat } from '../generation/response-format.js';
import { type AskedChoice, noTools, toolWish, type WishedTools } from '../generation/tool-wish.js';
import { badRequest } from '../http/api-error.js';
import { checkFields, given } from './blocks.js';
import type { CountTokensFields, MessageTool } from './messages-schema.js';

/** @throws FerrumError `RequestValidation` naming the field: a tool of the vendor's, two tools of a name … */
export function messageTools({ tools, tool_choice: choice }: CountTokensFields): WishedTools {
  if (choice != null && choice.type !== 'tool' && choice.name !== undefined)
    throw badRequest('tool_choice.name', '`tool_choice.name` goes with the type tool.');
  if (tools == null || tools.length === 0) {
    if (choice == null || choice.type === 'none' || choice.type === 'auto') return noTools;
    throw badRequest('tool_choice', '`tool_choice` goes with `tools`, of which there are none.');
  }
  return toolWish({
    functions: tools.map(toFunction),
    field: 'tools',
    schemaName: 'input_schema',
    choice: choice == null ? undefined : toChoice(choice),
    parallel: choice?.disable_parallel_tool_use == null ? undefined : !choice.disable_parallel_tool_use,
  });
}

export interface ThinkingWish {
  readonly wish: { readonly reasoning?: ReasoningOptions };
  readonly needs: readonly FeatureNeed[];
}

/** @throws FerrumError `RequestValidation` for a budget that is missing or too large, and effort without thinking */
export function thinkingWish(
  { thinking, output_config }: CountTokensFields,
  maxTokens = Number.POSITIVE_INFINITY,
): ThinkingWish {
  const effort = output_config?.effort;
  const { type = 'adaptive', budget_tokens: budget } = thinking ?? {};
  if (type === 'enabled' && given(budget, 'thinking.budget_tokens') >= maxTokens) {
    const message = `\`thinking.budget_tokens\` is ${budget}, but has to be less than \`max_tokens\`, ${maxTokens}.`;
    throw badRequest('thinking.budget_tokens', message);
  }
  if (type !== 'enabled' && budget !== undefined)
    throw badRequest('thinking.budget_tokens', '`thinking.budget_tokens` goes with the type enabled.');
  if (type === 'disabled' && effort != null)
    throw badRequest('output_config.effort', '`output_config.effort` goes with thinking, which is disabled.');
  const reasoning: ReasoningOptions = {
    ...(type === 'adaptive' ? {} : { enabled: type === 'enabled' }),
    ...(budget === undefined ? {} : { maxTokens: budget }),
    ...(effort == null ? {} : { effort }),
  };
  return {
    wish: Object.keys(reasoning).length === 0 ? {} : { reasoning },
    needs: [
      ...(type === 'adaptive' ? [] : [{ feature: 'reasoning', field: 'thinking' }]),
      ...(effort == null ? [] : [{ feature: 'reasoning', field: 'output_config.effort' }]),
    ],
  };
}

/** @throws FerrumError `RequestValidation` for a schema that is too large */
export function messageFormat({ output_config }: CountTokensFields): AskedFormat | undefined {
  const format = output_config?.format;
  return format == null ? undefined : jsonSchemaFormat(format.schema, 'output_config.format.schema');
}

function toFunction(tool: MessageTool, index: number): FunctionFields {
  const place = `tools[${index}]`;
  const { type, name, description, input_schema: parameters, strict } = tool;
  if (type != null && type !== 'custom') {
    const message = `\`${place}.type\` is ${JSON.stringify(type)}; only custom tools are here, with an \`input_schema\`.`;
    throw badRequest(`${place}.type`, message, 'unsupported_parameter');
  }
  checkFields(tool, toolFields, place);
  const called = given(name, `${place}.name`);
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(called))
    throw badRequest(`${place}.name`, `\`${place}.name\` has to be 1 to 64 letters, digits, "_" and "-".`);
  return {
    name: called,
    parameters: given(parameters, `${place}.input_schema`),
    ...(description == null ? {} : { description }),
    ...(strict == null ? {} : { strict }),
  };
}

const toolFields = [
  ...['type', 'name', 'description', 'input_schema', 'strict', 'cache_control'],
  ...['eager_input_streaming', 'defer_loading', 'allowed_callers'],
];

function toChoice({ type, name }: NonNullable<CountTokensFields['tool_choice']>): AskedChoice {
  if (type === 'any') return 'required';
  if (type !== 'tool') return type;
  return { name: given(name, 'tool_choice.name'), field: 'tool_choice.name' };
}
