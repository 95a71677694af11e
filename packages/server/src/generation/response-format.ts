import type { JsonObject, ResponseFormat } from '@ferrum/interfaces';
import { type Static, Type } from 'typebox';
import { badRequest } from '../http/api-error.js';
import { nullable, oneOf } from '../schema/nullable.js';
import type { FeatureNeed } from './feature-needs.js';
import { checkSchemaSize } from './schema-limits.js';

export const jsonSchemaField = Type.Unsafe<JsonObject>({
  type: 'object',
  description: 'A JSON Schema (draft 2020-12). A keyword that is not supported is refused by name.',
});

const pattern = Type.String({ minLength: 1, maxLength: 65_536 });
const choices = Type.Array(Type.String({ minLength: 1, maxLength: 4096 }), { minItems: 1, maxItems: 4096 });
const json = Type.Unsafe<JsonObject | string>({
  anyOf: [{ type: 'object' }, { type: 'string', maxLength: 1_048_576 }],
});

const regexText = 'The whole answer matches this regular expression (ECMAScript).';
const choiceText = 'The answer is one of these texts.';
const grammarText = 'The answer follows this grammar (EBNF in the notation of GBNF).';
const jsonText = 'The answer follows this JSON Schema, an object or JSON text.';

/** What the answer must look like: OpenAI's field, then those that vLLM has for more. */
export const responseFormatFields = {
  response_format: Type.Optional(
    nullable(
      Type.Object(
        {
          type: oneOf(['text', 'json_object', 'json_schema'], {
            description: '`json_object` is any JSON object; `json_schema` follows a schema, with or without `strict`.',
          }),
          json_schema: Type.Optional(
            nullable(
              Type.Object(
                {
                  name: Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' }),
                  description: Type.Optional(nullable(Type.String({ description: 'Accepted; changes nothing here.' }))),
                  schema: Type.Optional(jsonSchemaField),
                  strict: Type.Optional(
                    nullable(Type.Boolean({ description: 'The answer follows the schema either way.' })),
                  ),
                },
                { additionalProperties: false },
              ),
            ),
          ),
        },
        { additionalProperties: false },
      ),
    ),
  ),
  structured_outputs: Type.Optional(
    nullable(
      Type.Object(
        {
          json: Type.Optional(nullable({ ...json, description: jsonText } as typeof json)),
          regex: Type.Optional(nullable({ ...pattern, description: regexText } as typeof pattern)),
          choice: Type.Optional(nullable({ ...choices, description: choiceText } as typeof choices)),
          grammar: Type.Optional(nullable({ ...pattern, description: grammarText } as typeof pattern)),
        },
        { additionalProperties: false, description: 'Extension, as vLLM has it: exactly one of its fields.' },
      ),
    ),
  ),
  guided_json: Type.Optional(
    nullable({ ...json, description: 'Extension: older name of `structured_outputs.json`.' } as typeof json),
  ),
  guided_regex: Type.Optional(
    nullable({ ...pattern, description: 'Extension: older name of `structured_outputs.regex`.' } as typeof pattern),
  ),
  guided_choice: Type.Optional(
    nullable({ ...choices, description: 'Extension: older name of `structured_outputs.choice`.' } as typeof choices),
  ),
  guided_grammar: Type.Optional(
    nullable({ ...pattern, description: 'Extension: older name of `structured_outputs.grammar`.' } as typeof pattern),
  ),
};

const fieldsSchema = Type.Object(responseFormatFields);
export type ResponseFormatFields = Static<typeof fieldsSchema>;

/** A format, and where in the request it was asked for. */
export interface AskedFormat {
  readonly format: ResponseFormat;
  readonly field: string;
}

/**
 * The format that was asked for; undefined for plain text.
 * @throws FerrumError `RequestValidation` for two formats, a schema that is missing, too large or no JSON
 */
export function askedFormat(fields: ResponseFormatFields): AskedFormat | undefined {
  const asked = [...fromOpenAi(fields), ...fromStructuredOutputs(fields), ...fromGuided(fields)];
  const [first, second] = asked;
  if (first !== undefined && second !== undefined) {
    throw badRequest(
      second.field,
      `Give one format of the answer, not both \`${first.field}\` and \`${second.field}\`.`,
    );
  }
  return first;
}

/** What an engine has to have for a format. */
export function formatNeeds(asked: AskedFormat | undefined): readonly FeatureNeed[] {
  if (asked === undefined || asked.format.type === 'text') return [];
  return [{ feature: featureOf[asked.format.type], field: asked.field }];
}

const featureOf = {
  json_object: 'json-object',
  json_schema: 'json-schema',
  grammar: 'grammar',
  regex: 'grammar',
  choice: 'grammar',
} as const;

function fromOpenAi({ response_format: given }: ResponseFormatFields): readonly AskedFormat[] {
  if (given == null) return [];
  const { type, json_schema: named } = given;
  if (type !== 'json_schema') {
    if (named != null) {
      const param = 'response_format.json_schema';
      throw badRequest(param, `\`${param}\` goes with the type json_schema, not with ${type}.`);
    }
    return type === 'text' ? [] : [{ format: { type }, field: 'response_format' }];
  }
  if (named == null) throw missing('response_format.json_schema');
  // OpenAI takes a format without a schema for any JSON object.
  if (named.schema === undefined) return [{ format: { type: 'json_object' }, field: 'response_format' }];
  return [jsonSchemaFormat(named.schema, 'response_format.json_schema.schema')];
}

export function jsonSchemaFormat(schema: JsonObject, field: string): AskedFormat {
  checkSchemaSize(schema, field);
  return { format: { type: 'json_schema', schema }, field };
}

function fromStructuredOutputs({ structured_outputs: given }: ResponseFormatFields): readonly AskedFormat[] {
  if (given == null) return [];
  const { json, regex, choice, grammar } = given;
  const asked = formats({ json, regex, choice, grammar }, (name) => `structured_outputs.${name}`);
  if (asked.length > 0) return asked;
  throw badRequest(
    'structured_outputs',
    'Give one of `json`, `regex`, `choice` and `grammar` in `structured_outputs`.',
  );
}

function fromGuided({ guided_json, guided_regex, guided_choice, guided_grammar }: ResponseFormatFields) {
  return formats(
    { json: guided_json, regex: guided_regex, choice: guided_choice, grammar: guided_grammar },
    (name) => `guided_${name}`,
  );
}

interface Formats {
  readonly json: JsonObject | string | null | undefined;
  readonly regex: string | null | undefined;
  readonly choice: readonly string[] | null | undefined;
  readonly grammar: string | null | undefined;
}

function formats({ json, regex, choice, grammar }: Formats, fieldOf: (name: string) => string): AskedFormat[] {
  const asked: AskedFormat[] = [];
  if (json != null) asked.push(jsonSchemaFormat(schemaOf(json, fieldOf('json')), fieldOf('json')));
  if (regex != null) asked.push({ format: { type: 'regex', pattern: regex }, field: fieldOf('regex') });
  if (choice != null) asked.push({ format: { type: 'choice', choices: choice }, field: fieldOf('choice') });
  if (grammar != null) asked.push({ format: { type: 'grammar', grammar }, field: fieldOf('grammar') });
  return asked;
}

function schemaOf(json: JsonObject | string, field: string): JsonObject {
  if (typeof json !== 'string') return json;
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw badRequest(field, `\`${field}\` is a text that is not JSON. Send the schema as an object.`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badRequest(field, `\`${field}\` is not a JSON object.`);
  return value as JsonObject;
}

function missing(param: string) {
  return badRequest(param, `The field \`${param}\` is missing.`, 'missing_required_parameter');
}
