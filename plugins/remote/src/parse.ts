import type { FerrumErrorCode } from '@ferrum/interfaces';
import { FerrumError } from '@ferrum/registry/errors';
import * as v from 'valibot';

/**
 * The value as the schema says it is.
 * @param what for people, goes before the field: `Invalid request`
 * @throws FerrumError of that code, with `details.parameter`
 */
export function parse<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  what: string,
  code: FerrumErrorCode,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const { field, message } = problemOf(result.issues);
  throw new FerrumError(code, `${what}: ${field && `\`${field}\` `}${message}.`, { details: { parameter: field } });
}

/** The first thing that is wrong, and where. */
export function problemOf([issue]: readonly [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]]): {
  readonly field: string;
  readonly message: string;
} {
  const field = v.getDotPath(issue) ?? '';
  if (issue.type === 'strict_object' && issue.expected === 'never') return { field, message: 'is unknown here' };
  if (issue.input === undefined && issue.kind === 'schema') return { field, message: 'is missing' };
  const { message } = issue;
  const isOurs = !message.startsWith('Invalid ');
  return { field, message: isOurs ? message : `must be ${issue.expected ?? 'valid'}, not ${shown(issue.input)}` };
}

/** Without the fields that are undefined: they say the same as fields that are missing. */
export function withoutUndefined(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined));
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 64 ? `${value.slice(0, 64)}…` : value);
  if (value === null || ['number', 'boolean', 'undefined'].includes(typeof value)) return String(value);
  return Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`;
}
