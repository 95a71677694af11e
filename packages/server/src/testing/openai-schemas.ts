import { existsSync, readFileSync } from 'node:fs';
import type { ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';

const file = new URL('../../../../../shared/reference/openai-schemas.json', import.meta.url);

/** Whether the schemas of OpenAI's own API document lie beside the repository. */
export const hasSchemas = existsSync(file);
if (!hasSchemas) console.warn("skipped: OpenAI's schemas, which are not at ../shared/reference/openai-schemas.json");

/**
 * Throws unless the value is valid by a schema of OpenAI's, e.g. `CreateTranscriptionResponseJson`. Does nothing where there
 * are no schemas.
 */
export function expectValid(name: string, value: unknown): void {
  if (!hasSchemas) return;
  const validate = validatorOf(name);
  if (validate(value)) return;
  const problems = validate.errors?.map(({ instancePath, message }) => `${instancePath || '/'} ${message}`).join('; ');
  throw new Error(`no ${name} of OpenAI's: ${problems}: ${JSON.stringify(value)}`);
}

let ajv: Ajv2020 | undefined;
const validators = new Map<string, ValidateFunction>();

function validatorOf(name: string): ValidateFunction {
  ajv ??= new Ajv2020({ strict: false, validateFormats: false }).addSchema(
    withNullTypes(JSON.parse(readFileSync(file, 'utf8'))) as object,
    'openai',
  );
  const known = validators.get(name) ?? ajv.compile({ $ref: `openai#/components/schemas/${name}` });
  validators.set(name, known);
  return known;
}

/** The document is of OpenAPI 3.1 and still says `nullable` here and there, which is of 3.0. */
function withNullTypes(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withNullTypes);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { nullable, ...rest } = schema as Record<string, unknown>;
  const converted = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, withNullTypes(value)]));
  return nullable === true ? { anyOf: [converted, { type: 'null' }] } : converted;
}
