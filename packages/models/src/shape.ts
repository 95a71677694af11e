import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';

/** The value in the schema's type, or `InvalidFormat` naming `where` and the first field that is wrong. */
export function parseShape<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  where: string,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success && !isListForObject(schema, value)) return result.output;
  const { field, message } = result.success
    ? { field: '', message: 'must be an object' }
    : describeIssue(result.issues);
  throw new FerrumError('InvalidFormat', `${where}${field && `: field "${field}"`}: ${message}.`, {
    details: { field },
  });
}

/** The first issue: the path of the field, `''` for the value itself, and what is wrong with it. */
export function describeIssue([issue]: readonly [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]]): {
  readonly field: string;
  readonly message: string;
} {
  const path = (issue.path ?? []).map(({ key }) => String(key));
  // A field too many is a fault of the object that has it.
  if (issue.kind === 'schema' && issue.expected === 'never') {
    return { field: path.slice(0, -1).join('.'), message: `${issue.received} is no known field` };
  }
  const isMissing = issue.path?.at(-1)?.origin === 'key';
  return { field: path.join('.'), message: isMissing ? 'is missing' : issue.message.replace(/^Invalid \w+: E/, 'e') };
}

export const wholeNumber = v.pipe(v.number(), v.safeInteger('must be a whole number'));

/** Valibot looks for an object's fields in a list too, and misses none when all are optional. */
function isListForObject(schema: v.GenericSchema, value: unknown): boolean {
  return 'entries' in schema && Array.isArray(value);
}
