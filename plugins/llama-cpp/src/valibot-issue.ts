import * as v from 'valibot';

export const wholeNumber = v.pipe(v.number(), v.safeInteger('must be a whole number'));
export const countable = v.pipe(wholeNumber, v.minValue(0));
export const atLeastOne = v.pipe(wholeNumber, v.minValue(1));
export const finite = v.pipe(v.number(), v.finite());
export const signal = v.instance(AbortSignal, 'must be an AbortSignal');

/** What is wrong with an input: the path of the field, empty for the input itself, and the rest of the sentence. */
export interface InputIssue {
  readonly field: string;
  readonly message: string;
}

/** The checked input, or its first issue. */
export function check<Schema extends v.GenericSchema>(
  schema: Schema,
  input: unknown,
): { readonly output: v.InferOutput<Schema> } | { readonly issue: InputIssue } {
  const isList = 'entries' in schema && Array.isArray(input);
  if (isList) return { issue: { field: '', message: 'must be an object' } };
  const result = v.safeParse(schema, withoutUndefined(input), { abortEarly: true });
  return result.success ? { output: result.output } : { issue: describe(result.issues[0]) };
}

function describe(issue: v.BaseIssue<unknown>): InputIssue {
  const path = (issue.path ?? []).map(({ key }) => String(key));
  const isForeign = issue.kind === 'schema' && issue.expected === 'never';
  if (isForeign) return { field: path.join('.'), message: 'is not known here' };
  const isMissing = issue.path?.at(-1)?.origin === 'key';
  return { field: path.join('.'), message: isMissing ? 'is missing' : issue.message.replace(/^Invalid \w+: E/, 'e') };
}

/** An explicit undefined means the same as a missing field. */
function withoutUndefined(input: unknown): unknown {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return input;
  const fields = Object.entries(input).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    fields.map(([name, value]) => [name, name === 'sampling' ? withoutUndefined(value) : value]),
  );
}
