import type { JsonObject, JsonValue, ToolDefinition } from '@ferrum/interfaces';
import type { ConstraintSpec } from '../../constraint/constraint-spec.js';
import { parametersOf, type ToolSet } from '../tool-set.js';

/** What formats have in common that write each argument by itself: texts as they are, other values as JSON. */
export interface ArgumentValue {
  readonly key: string;
  /** What it is as JSON. */
  readonly json: ConstraintSpec;
  /** What it is between tags: a text as it is, or JSON. */
  readonly tagged: ConstraintSpec;
  readonly isRequired: boolean;
}

/** The arguments that a tool's schema names, in its order. */
export function argumentsOf(tools: ToolSet, tool: ToolDefinition): readonly ArgumentValue[] {
  const schema = parametersOf(tool);
  const required = Array.isArray(schema.required) ? schema.required : [];
  return Object.entries(propertiesOf(schema)).map(([key, value]) => {
    const own = isObject(value) ? value : {};
    const json: ConstraintSpec = {
      type: 'json_schema',
      schema: withDefinitions(own, schema),
      field: tools.fieldOf(tool),
      path: `/properties/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`,
    };
    return { key, json, tagged: isText(own) ? taggedText(own) : json, isRequired: required.includes(key) };
  });
}

/** Their names, in the schema's order. */
export function argumentNames(schema: JsonObject): readonly string[] {
  return Object.keys(propertiesOf(schema));
}

/** Whether the schema says that an argument is a text; any other, or one it does not know, is not. */
export function isTextArgument(schema: JsonObject, key: string): boolean {
  const own = propertiesOf(schema)[key];
  return isText(isObject(own) ? own : {});
}

/** A text that stands between tags: without anything that could begin one. */
function taggedText(schema: JsonObject): ConstraintSpec {
  const { enum: values } = schema;
  if (Array.isArray(values)) return { type: 'choice', choices: values.map(String) };
  return { type: 'regex', pattern: '[^<]*' };
}

/** References of a property are to definitions of the whole schema. */
function withDefinitions(own: JsonObject, schema: JsonObject): JsonObject {
  const { $defs, definitions } = schema;
  return { ...own, ...($defs === undefined ? {} : { $defs }), ...(definitions === undefined ? {} : { definitions }) };
}

/** A piece of a text as it stands inside a JSON string. */
export function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** A value as JSON: what is none is a text, but for the words of Python. */
export function asJson(text: string): string {
  try {
    JSON.parse(text);
    return text.trim();
  } catch {
    const word = text.trim().toLowerCase();
    if (word === 'true' || word === 'false') return word;
    return word === 'none' ? 'null' : JSON.stringify(text);
  }
}

function propertiesOf({ properties }: JsonObject): JsonObject {
  return isObject(properties) ? properties : {};
}

function isText({ type, enum: values }: JsonObject): boolean {
  if (type === undefined) return Array.isArray(values) && values.every((value) => typeof value === 'string');
  return type === 'string';
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
